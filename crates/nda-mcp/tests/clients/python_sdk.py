"""A whole day of an agent, with the official Python SDK as the client (PyPI `mcp`), against a real `nda mcp` process.

    python3 -m venv env && env/bin/pip install mcp
    env/bin/python crates/nda-mcp/tests/clients/python_sdk.py target/release/nda

The SDK holds every structured result against the tool's output schema with the `jsonschema` package and raises if it does not fit.
"""

import asyncio
import os
import subprocess
import sys
import tempfile

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

TAX = """\
/// The tax on an amount.
#[example(tax(1000, 19) == 190)]
fn tax(cents: i64, percent: i64) -> i64 {
    cents * percent / 100
}
"""


def field(value, *names):
    """A field under the first of its names that is there: SDK versions spell them differently."""
    for name in names:
        if hasattr(value, name):
            return getattr(value, name)
    raise AttributeError(names)


async def call(session, tool, **arguments):
    result = await session.call_tool(tool, arguments)
    value = field(result, "structured_content", "structuredContent")
    print(f"{tool:9} {value['outcome']:10} {value.get('next') or ''}"[:140])
    return value


async def day(nda, folder):
    server = StdioServerParameters(command=nda, args=["mcp"], cwd=folder, env={**os.environ, "NDA_AUTHOR": "python"})
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        hello = await session.initialize()
        print("protocol ", field(hello, "protocol_version", "protocolVersion"))
        tools = (await session.list_tools()).tools
        assert [tool.name for tool in tools] == ["search", "describe", "submit", "draft", "run", "commit", "history", "diff"]
        assert len((await session.list_resources()).resources) > 15
        assert len((await session.list_prompts()).prompts) == 2

        assert (await call(session, "search", words="tax"))["total"] == 0
        refused = await call(session, "submit", source=TAX.replace("percent /", "percnt /"))
        assert refused["outcome"] == "refused" and refused["diagnostics"][0]["code"] == "E0101", refused
        edit = refused["diagnostics"][0]["fix"]["edits"][0]
        wrong = TAX.replace("percent /", "percnt /").encode()
        start, end = edit["span"]["start"], edit["span"]["end"]
        repaired = (wrong[:start] + edit["text"].encode() + wrong[end:]).decode()
        assert repaired == TAX, repaired
        admitted = await call(session, "submit", source=repaired)
        assert admitted["outcome"] == "admitted", admitted
        tried = await call(session, "run", source=repaired, name="tax", args=["500", "7"])
        assert tried["value"] == "35", tried
        done = await call(session, "commit", source=repaired, message="Taxes", base=admitted["base"])
        assert done["outcome"] == "committed", done
        history = await call(session, "history", name="tax")
        assert history["commits"][0]["message"] == "Taxes" and history["commits"][0]["author"].startswith("python via ")
        described = await call(session, "describe", name="tax")
        assert described["source"] == TAX.rstrip(), described
        changed = TAX.replace("cents * percent / 100", "(cents * percent + 50) / 100")
        conflict = await call(session, "commit", source=changed, message="Round")
        assert conflict["outcome"] == "conflict" and conflict["names"][0]["current"].startswith(described["hash"]), conflict
        done = await call(session, "commit", source=changed, message="Round", base=described["base"])
        assert done["outcome"] == "committed", done
        diff = await call(session, "diff")
        assert [change["name"] for change in diff["changes"]] == ["tax"], diff
        assert (await call(session, "run", expression="tax(3, 19)"))["value"] == "1"
        assert (await call(session, "run", expression="tax(1)"))["outcome"] == "refused"
        assert (await call(session, "describe", name="none"))["error"]["code"] == "unknown_name"
        page = await session.read_resource("nda://errors/E0101")
        assert page.contents[0].text.startswith("# ")
        prompt = await session.get_prompt("write_definition", {"task": "sort"})
        assert "sort" in prompt.messages[0].content.text


def main():
    nda = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([nda, "init"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        asyncio.run(day(nda, folder))
        subprocess.run([nda, "verify"], cwd=folder, check=True)
    print("all is well")


main()
