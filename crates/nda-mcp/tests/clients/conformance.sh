#!/usr/bin/env bash
# The official conformance suite against `nda mcp --http`, as a user would run it: needs npm and network, nothing else.
#
#     crates/nda-mcp/tests/clients/conformance.sh target/release/nda
#
# The suite cannot send a token, so a small proxy puts it on; all other headers, Host and Origin among them, pass as they are.
# Scenarios that ask for the suite's own example server (tools named `test_…`) or for what this server does not offer are listed
# with the reason in conformance.yml; whatever else fails, fails here.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
nda="$(realpath "$1")"
work="$(mktemp -d)"
trap 'kill $server $proxy 2>/dev/null || true; rm -rf "$work"' EXIT
server= proxy=
cd "$work"
npm init -y >/dev/null
if ! npm install --silent --no-audit --no-fund --fetch-retries=1 --fetch-timeout=30000 @modelcontextprotocol/conformance@0.1.16 node@22 >/dev/null; then
    echo "left out: the conformance suite cannot be fetched here"
    exit 0
fi
node="$work/node_modules/.bin/node"
"$nda" init >/dev/null
export NDA_MCP_TOKEN=conformance-conformance
"$nda" mcp --http 7421 --rate 1000 2>server.txt &
server=$!
cat >proxy.mjs <<'PROXY'
import http from "node:http";
http.createServer((request, response) => {
  const headers = { ...request.headers, authorization: `Bearer ${process.env.NDA_MCP_TOKEN}` };
  const options = { host: "127.0.0.1", port: 7421, path: request.url, method: request.method, headers };
  const forward = http.request(options, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    response.flushHeaders();
    answer.pipe(response);
  });
  forward.on("error", () => response.destroy());
  response.on("close", () => forward.destroy());
  request.pipe(forward);
}).listen(7422, "127.0.0.1");
PROXY
"$node" proxy.mjs &
proxy=$!
for _ in $(seq 50); do
    grep -q serving server.txt && break
    sleep 0.2
done
"$node" node_modules/@modelcontextprotocol/conformance/dist/index.js server \
    --url http://localhost:7422/mcp --suite all --expected-failures "$here/conformance.yml"
