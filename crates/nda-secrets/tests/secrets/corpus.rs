//! Texts with secrets, and texts that only look so. The secrets are made here from the formats that their issuers describe,
//! so that none is anybody's and none stands in the repository.

/// One text of the corpus.
pub struct Case {
    /// What it shows.
    pub class: &'static str,
    /// As NDA source.
    pub text: String,
    /// The secret in it, if there is one.
    pub secret: Option<String>,
}

/// Letters of random text.
const MIXED: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const HEX: &str = "0123456789abcdef";
const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// xorshift64*: the corpus is the same on every run.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize) % below
    }

    fn text(&mut self, letters: &str, count: usize) -> String {
        let letters = letters.as_bytes();
        (0..count).map(|_| char::from(letters[self.next(letters.len())])).collect()
    }
}

/// By class: the name a program may give it, and the secret.
fn secrets(random: &mut Random) -> Vec<(&'static str, &'static str, String)> {
    let mut all = Vec::new();
    let mut add = |class, name, secret| all.push((class, name, secret));
    add("AWS", "access_id", format!("AKIA{}", random.text(UPPER, 16)));
    add("AWS", "aws_secret_access_key", random.text(BASE64, 40));
    add("GitHub", "gh", format!("ghp_{}", random.text(MIXED, 36)));
    add("GitHub", "gh", format!("github_pat_{}_{}", random.text(MIXED, 22), random.text(MIXED, 59)));
    add("GitLab", "lab", format!("glpat-{}", random.text(URL64, 20)));
    add(
        "Slack",
        "bot",
        format!("xoxb-{}-{}-{}", 2_345_678_901_u64, 3_456_789_012_u64, random.text(MIXED, 24)),
    );
    add("Stripe", "pay", format!("sk_live_{}", random.text(MIXED, 24)));
    add("Google", "maps", format!("AIza{}", random.text(URL64, 35)));
    add("Anthropic", "model", format!("sk-ant-api03-{}AA", random.text(URL64, 93)));
    add("OpenAI", "model", format!("sk-{}T3BlbkFJ{}", random.text(MIXED, 20), random.text(MIXED, 20)));
    add("npm", "registry", format!("npm_{}", random.text(MIXED, 36)));
    add("PyPI", "registry", format!("pypi-AgEIcHlwaS5vcmc{}", random.text(URL64, 80)));
    add(
        "Hugging Face",
        "hub",
        format!("hf_{}", random.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", 34)),
    );
    add("SendGrid", "mail", format!("SG.{}.{}", random.text(URL64, 22), random.text(URL64, 43)));
    add("DigitalOcean", "cloud", format!("dop_v1_{}", random.text(HEX, 64)));
    add("Shopify", "shop", format!("shpat_{}", random.text(HEX, 32)));
    add("Databricks", "lake", format!("dapi{}", random.text(HEX, 32)));
    add("Vault", "vault", format!("hvs.{}", random.text(URL64, 95)));
    add("JWT", "session", {
        let (head, body) = ("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", random.text(URL64, 60));
        format!("{head}.eyJ{body}.{}", random.text(URL64, 43))
    });
    add("private key", "pem", {
        let lines: Vec<String> = (0..6).map(|_| random.text(BASE64, 64)).collect();
        format!("-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----", lines.join("\n"))
    });
    add("by name", "api_key", random.text(MIXED, 32));
    add("by name", "client_secret", random.text(URL64, 40));
    add("by name", "auth_token", random.text(HEX, 40));
    add("password", "db_password", format!("{}!{}", random.text(MIXED, 9), random.text("0123456789", 2)));
    add("URL", "database", format!("postgres://app:{}@db.internal:5432/app", random.text(MIXED, 14)));
    all
}

/// A secret in each place of a program that can hold text.
fn positions(name: &str, secret: &str) -> Vec<String> {
    let upper = name.to_uppercase();
    let mut all = vec![
        format!("const {upper}: str = \"{secret}\";\n"),
        format!("fn f() -> str {{\n    let {name} = \"{secret}\";\n    {name}\n}}\n"),
        format!("// {name} = \"{secret}\"\nfn f() -> i64 {{ 1 }}\n"),
        format!("/// Call it with {name}: \"{secret}\".\nfn f() -> i64 {{ 1 }}\n"),
        format!("struct S {{ {name}: str }}\nfn f() -> S {{ S {{ {name}: \"{secret}\" }} }}\n"),
        format!("#[example(len({name}: \"{secret}\") == 3)]\nfn f() -> i64 {{ 1 }}\n"),
    ];
    let middle = secret.len() / 2;
    if !secret.contains('\n') {
        let (one, two) = secret.split_at(middle);
        all.push(format!("fn f() -> str {{\n    let {name} = \"{one}\" + \"{two}\";\n    {name}\n}}\n"));
        let first = u32::from(secret.chars().next().unwrap_or('a'));
        all.push(format!("const {upper}: str = \"\\u{{{first:x}}}{}\";\n", &secret[1..]));
    }
    all
}

fn look_alikes(random: &mut Random) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    for _ in 0..12 {
        let hash = random.text(HEX, 64);
        all.push(("hash", format!("// the commit #{hash} says why\nfn f() -> i64 {{ 1 }}\n")));
        all.push(("hash", format!("const CONTENT_HASH: str = \"{hash}\";\n")));
        all.push(("hash", format!("const CACHE_KEY: str = \"b3:{hash}\";\n")));
        all.push(("hash", format!("fn f() -> bool {{ digest(\"key\") == \"{}\" }}\n", random.text(HEX, 40))));
        let parts = [8, 4, 4, 4, 12].map(|count| random.text(HEX, count)).join("-");
        all.push(("UUID", format!("const DEVICE_ID: str = \"{parts}\";\n")));
        all.push((
            "UUID",
            format!("struct Row {{ key: str }}\nfn f() -> Row {{ Row {{ key: \"{parts}\" }} }}\n"),
        ));
        let image = random.text(BASE64, 240);
        all.push((
            "image",
            format!("const ICON: str = \"data:image/png;base64,iVBORw0KGgoAAAANSUhEUg{image}==\";\n"),
        ));
        all.push(("image", format!("const LOGO: str = \"/9j/4AAQSkZJRgABAQ{image}\";\n")));
        all.push(("text", format!("const ALPHABET: str = \"{MIXED}+/\";\n")));
    }
    for placeholder in [
        "YOUR_API_KEY_HERE",
        "your-api-key",
        "<token>",
        "${API_KEY}",
        "$TOKEN",
        "xxxxxxxxxxxxxxxxxxxxxxxx",
        "changeme",
        "example-key-0123456789",
        "sk_test_placeholder_00",
        "REDACTED",
        "****************",
        "{{ secrets.TOKEN }}",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "AKIAIOSFODNN7EXAMPLE",
        "dummy_secret_value_1",
        "insert-token-here-123",
    ] {
        all.push(("placeholder", format!("const API_KEY: str = \"{placeholder}\";\n")));
        all.push(("placeholder", format!("// let token = \"{placeholder}\"\nfn f() -> i64 {{ 1 }}\n")));
    }
    for code in [
        "fn token_count(text: str) -> i64 { len(text.split(\" \")) }\n",
        "fn key(user: str, secret: str) -> str { user + \":\" + secret }\n",
        "fn access(password: str) -> bool { password == password.trim() }\n",
        "const PASSWORD_LABEL: str = \"Enter your password:\";\n",
        "const SECRET_SANTA: str = \"secret-santa-draws-names\";\n",
        "const TOKEN_KIND: str = \"identifier_or_keyword\";\n",
        "const TOKEN_URL: str = \"https://auth.internal/oauth2/token\";\n",
        "const KEY_CODES: [i64] = [0x1F600, 0xDEADBEEF, 1234567890123];\n",
        "// see https://user@host.internal/path and ssh://git@host:22/repo\nfn f() -> i64 { 1 }\n",
        "fn f() -> str { \"postgres://user:password@localhost/db\" }\n",
        "const KEYS: [str] = [\"ArrowLeft\", \"ArrowRight\", \"NumpadEnter\"];\n",
        "const MAP_KEY: str = \"customer_2024_region_7\";\n",
        "const PRIMARY_KEY: str = \"orders2024quarter3id9\";\n",
        "/// Splits a secret key into shares; the token is `a/b/c`.\nfn f() -> i64 { 1 }\n",
        "const PASSWORD_RULE: str = \"^[A-Za-z0-9]{8,}$\";\n",
        "const CURSOR: str = \"eyJpZCI6NDJ9\";\n",
        "const SK_FORMAT: str = \"sk-{}\";\n",
        "const PEM_MARK: str = \"-----BEGIN CERTIFICATE-----\";\n",
        "const VERSION: str = \"2024.10.3-rc.1+build.5a3f2e1\";\n",
        "const DNA: str = \"ACGTTGCAACGTACGTTGCAACGGTACGTTTGCAAGCT\";\n",
    ] {
        all.push(("code", code.to_owned()));
    }
    all
}

/// All of it.
pub fn all() -> Vec<Case> {
    let random = &mut Random(0x5EED_0F5E_C2E7_5EED);
    let mut cases = Vec::new();
    for _ in 0..8 {
        for (class, name, secret) in secrets(random) {
            for text in positions(name, &secret) {
                cases.push(Case { class, text, secret: Some(secret.clone()) });
            }
        }
    }
    cases.extend(look_alikes(random).into_iter().map(|(class, text)| Case { class, text, secret: None }));
    cases
}
