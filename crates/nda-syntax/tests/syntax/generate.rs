//! Random programs that parse, with comments and white space in all places.
//!
//! A program is a function of a string of bytes, so that proptest can shrink it.

/// Turns bytes into decisions, and decisions into a program.
pub struct Generator<'a> {
    choices: std::slice::Iter<'a, u8>,
    out: String,
    comments: usize,
}

pub fn program(choices: &[u8]) -> String {
    let mut generator = Generator { choices: choices.iter(), out: String::new(), comments: 0 };
    while generator.choices.len() > 0 {
        generator.item();
    }
    generator.gap();
    generator.out
}

impl Generator<'_> {
    fn choose(&mut self, below: u8) -> u8 {
        self.choices.next().map_or(0, |choice| choice % below)
    }

    /// White space and comments.
    fn gap(&mut self) {
        self.comments += 1;
        let number = self.comments;
        match self.choose(40) {
            1 => self.out.push('\n'),
            2 => self.out.push_str("\n\n\n"),
            3 => self.out.push_str(&format!(" // line {number}  \n")),
            4 => self.out.push_str(&format!("\n\t// own {number}\r\n")),
            5 => self.out.push_str(&format!(" /* block {number} */ ")),
            6 => self.out.push_str(&format!("\n/* two\n lines {number} */\n\n")),
            7 => self.out.push_str(&format!("\n/// doc {number}\n")),
            _ => self.out.push(' '),
        }
    }

    fn pick(&mut self, choices: &[&str]) {
        let choice = choices[self.choose(choices.len() as u8) as usize];
        self.say(choice);
    }

    fn say(&mut self, tokens: &str) {
        for token in tokens.split(' ') {
            self.gap();
            self.out.push_str(token);
        }
    }

    fn name(&mut self) {
        let names = [
            "a",
            "b",
            "total",
            "a_name_that_takes_a_good_part_of_a_line",
            "x1",
            "geo::area",
            "crate::geo::area",
            "super::super::area",
            "not_a_keyword",
            "none :: < [ i64 ] >",
            "Map :: < str , i64 > :: new",
            "self",
        ];
        let name = names[self.choose(12) as usize];
        self.say(name);
    }

    fn plain_name(&mut self) {
        let name = ["a", "b", "total", "_", "and", "long_name_long_name_long_name"][self.choose(6) as usize];
        self.say(name);
    }

    fn item(&mut self) {
        self.items(3);
    }

    /// A function, and what may stand around it, in up to `depth` modules.
    fn items(&mut self, depth: u8) {
        if depth > 0 && self.choose(10) == 1 {
            let head = ["mod", "pub mod"][self.choose(2) as usize];
            self.say(head);
            self.plain_name();
            if self.choose(5) == 1 {
                return self.say(";");
            }
            self.say("{");
            for _ in 0..self.choose(3) {
                self.items(depth - 1);
            }
            return self.say("}");
        }
        while self.choose(4) == 1 {
            self.say("# [ example (");
            self.expr(2);
            self.say(") ]");
        }
        if self.choose(8) == 1 {
            self.say("# [ uses ( clock , net ) ]");
        }
        self.visibility();
        self.function("", 4);
        if self.choose(6) == 1 {
            self.data();
        }
        if self.choose(8) == 1 {
            self.implementation();
        }
        if self.choose(8) == 1 {
            self.say("const N :");
            self.ty();
            self.say("=");
            self.expr(2);
            self.say(";");
        }
        if self.choose(8) == 1 {
            let import = [
                "use a :: b as c ;",
                "use crate :: a :: { b , c as d , e :: { self , f , } , super_ :: * } ;",
                "use super :: super :: x ;",
                "pub use a :: b as c ;",
                "pub use a :: { b , c as d } ;",
                "use self :: a :: * ;",
                "use a_long_module :: a_longer_module :: { a_very_long_name_of_a_function , another_long_name , third } ;",
            ][self.choose(7) as usize];
            self.say(import);
        }
    }

    fn visibility(&mut self) {
        if self.choose(8) == 1 {
            self.say("pub");
        }
    }

    /// A function whose parameters begin with `receiver`.
    fn function(&mut self, receiver: &str, depth: u8) {
        self.say("fn");
        self.plain_name();
        self.generics();
        self.say("(");
        if !receiver.is_empty() {
            self.say(receiver);
        }
        for _ in 0..self.choose(4) {
            let patterns = ["( a , mut b )", "P { x , y : ( _ , c ) , .. }"];
            let pattern = patterns.get(self.choose(16) as usize).copied();
            match pattern {
                None => self.plain_name(),
                Some(pattern) => self.say(pattern),
            }
            self.say(":");
            if pattern.is_none() && self.choose(6) == 1 {
                self.say("&mut");
            }
            self.ty();
            self.say(",");
        }
        self.say(")");
        if self.choose(2) == 1 {
            self.say("->");
            self.ty();
        }
        self.bounds();
        self.block(depth);
    }

    fn generics(&mut self) {
        let lists = ["< T >", "< T : Ord , U : a::Ord + Display , >", "< A : Ord >"];
        if let Some(list) = lists.get(self.choose(12) as usize) {
            self.say(list);
        }
    }

    fn bounds(&mut self) {
        let lists = ["where T : Ord ,", "where T : Ord + Display , U : Display", "where"];
        if let Some(list) = lists.get(self.choose(16) as usize) {
            self.say(list);
        }
    }

    /// A struct or an enum.
    fn data(&mut self) {
        if self.choose(3) == 1 {
            self.say("# [ derive ( Debug , Clone ) ]");
        }
        self.visibility();
        if self.choose(2) == 1 {
            self.say("enum E");
            self.generics();
            self.bounds();
            self.say("{");
            for _ in 0..self.choose(5) {
                self.plain_name();
                match self.choose(4) {
                    0 => self.numbered_fields(),
                    1 => self.named_fields(),
                    _ => {}
                }
                self.say(",");
            }
            return self.say("}");
        }
        self.say("struct P");
        self.generics();
        match self.choose(3) {
            0 => {
                self.numbered_fields();
                self.bounds();
                self.say(";");
            }
            1 => self.say(";"),
            _ => {
                self.bounds();
                self.named_fields();
            }
        }
    }

    fn numbered_fields(&mut self) {
        self.say("(");
        for _ in 0..self.choose(6) {
            self.visibility();
            self.ty();
            self.say(",");
        }
        self.say(")");
    }

    fn named_fields(&mut self) {
        self.say("{");
        for _ in 0..self.choose(5) {
            self.visibility();
            self.plain_name();
            self.say(":");
            self.ty();
            self.say(",");
        }
        self.say("}");
    }

    fn implementation(&mut self) {
        self.say("impl");
        self.generics();
        self.pick(&["P", "P < T , [ i64 ] >", "geo::P"]);
        self.bounds();
        self.say("{");
        for _ in 0..self.choose(3) {
            if self.choose(4) == 1 {
                self.say("# [ example ( true ) ]");
            }
            self.visibility();
            let receivers = ["self ,", "& self ,", "& mut self ,", "mut self ,", ""];
            let receiver = receivers[self.choose(5) as usize];
            self.function(receiver, 2);
        }
        self.say("}");
    }

    fn pattern(&mut self, depth: u8) {
        if depth == 0 {
            let names = [
                "_",
                "a",
                "mut b",
                "None",
                "E :: A",
                "Self :: B",
                "1",
                "- 2.5",
                "'c'",
                "\"text\"",
                "true",
                "( )",
            ];
            let name = names[self.choose(12) as usize];
            return self.say(name);
        }
        let inner = depth - 1;
        match self.choose(12) {
            0 => self.pick(&["1 .. 5", "- 1 ..= 5", "'a' ..= 'z'", "N ..", "..= E :: N", ".. 3"]),
            1 => {
                self.say("(");
                self.pattern(inner);
                self.say(",");
                if self.choose(2) == 1 {
                    self.pattern(inner);
                    self.say(", ..");
                }
                self.say(")");
            }
            2 => {
                self.say("Some (");
                self.pattern(inner);
                self.say(")");
            }
            3 => {
                self.say("geo :: P {");
                for _ in 0..self.choose(4) {
                    if self.choose(2) == 1 {
                        self.pick(&["x", "mut y", "a_long_name_of_a_field"]);
                    } else {
                        self.say("x :");
                        self.pattern(inner);
                    }
                    self.say(",");
                }
                self.pick(&["}", ".. }"]);
            }
            4 => {
                self.say("(");
                self.pattern(inner);
                for _ in 0..self.choose(6) {
                    self.say("|");
                    self.pattern(inner);
                }
                self.say(")");
            }
            5 => {
                self.say("name @");
                self.pattern(0);
            }
            6 => self.say("E :: B ( .. , 1 )"),
            7 => self.say("( .. )"),
            8 => {
                self.say("[");
                for _ in 0..self.choose(3) {
                    self.pattern(inner);
                    self.say(",");
                }
                self.pick(&["", "..", "rest @ ..", "mut rest @ .. ,", ".. , 1", "rest @ .. , [ ] ,"]);
                self.say("]");
            }
            _ => self.pattern(inner),
        }
    }

    fn match_expr(&mut self, depth: u8) {
        self.say("match");
        self.operand(depth);
        self.say("{");
        for _ in 0..self.choose(5) {
            self.pattern(2);
            for _ in 0..self.choose(4) {
                self.say("|");
                self.pattern(1);
            }
            if self.choose(4) == 1 {
                self.say("if");
                self.operand(depth);
            }
            self.say("=>");
            if self.choose(3) == 1 {
                self.block(depth);
            } else {
                self.expr(depth);
                self.say(",");
            }
        }
        self.say("}");
    }

    fn condition(&mut self, depth: u8) {
        let links = self.choose(3);
        for link in 0..=links {
            if link > 0 {
                self.say("&&");
            }
            if self.choose(2) == 1 {
                self.say("let");
                self.pattern(2);
                self.say("=");
            }
            self.operand(depth);
        }
    }

    fn struct_literal(&mut self, depth: u8) {
        self.pick(&["P {", "Self {", "geo::E :: C {"]);
        for _ in 0..self.choose(4) {
            self.plain_field();
            if self.choose(2) == 1 {
                self.say(":");
                self.expr(depth);
            }
            self.say(",");
        }
        if self.choose(3) == 1 {
            self.say("..");
            self.operand(depth);
        }
        self.say("}");
    }

    fn plain_field(&mut self) {
        self.pick(&["x", "y", "a_long_name_of_a_field_long_name"]);
    }

    fn ty(&mut self) {
        match self.choose(11) {
            0 => self.say("i64"),
            1 => self.say("[ str ]"),
            2 => self.say("( )"),
            3 => self.say("[ [ bool ] ]"),
            4 => self.say("geo::point"),
            5 => self.say("Option < [ Map < str , ( i64 , f64 ) > ] >"),
            6 => self.say("( i64 , )"),
            7 => self.say("( bool , a::Result < _ , ( ) > )"),
            8 => self.say("Self"),
            9 => self.say("A_long_name_of_a_type < A_longer_name_of_a_type , A_longer_name_of_a_type >"),
            _ => self.say("f64"),
        }
    }

    fn block(&mut self, depth: u8) {
        self.say("{");
        for _ in 0..self.choose(4) {
            self.stmt(depth);
        }
        if self.choose(2) == 1 {
            self.expr(depth);
        }
        self.say("}");
    }

    fn stmt(&mut self, depth: u8) {
        match self.choose(7) {
            5 => {
                self.say("let (");
                self.pattern(1);
                self.say(", x )");
                if self.choose(3) == 1 {
                    self.say(": ( i64 , f64 )");
                }
                self.say("=");
                self.operand(depth);
                if self.choose(2) == 1 {
                    self.say("else");
                    self.block(depth.min(1));
                }
                self.say(";");
            }
            6 => {
                self.say("let p =");
                self.struct_literal(depth.saturating_sub(1));
                self.say(";");
            }
            0 => {
                self.say("let");
                if self.choose(3) == 1 {
                    self.say("mut");
                }
                self.plain_name();
                if self.choose(3) == 1 {
                    self.say(":");
                    self.ty();
                }
                self.say("=");
                self.expr(depth);
                self.say(";");
            }
            1 => self.block_like(depth),
            2 => {
                self.name();
                let operator = ["=", "+=", "<<=", "&="][self.choose(4) as usize];
                self.say(operator);
                self.expr(depth);
                self.say(";");
            }
            _ => {
                self.expr(depth);
                self.say(";");
            }
        }
    }

    fn block_like(&mut self, depth: u8) {
        let inner = depth.saturating_sub(1);
        if depth == 0 {
            return self.say("{ }");
        }
        match self.choose(10) {
            6 | 7 => self.match_expr(inner),
            8 => {
                self.pick(&["if", "while", "'b : while"]);
                self.condition(inner);
                self.block(inner);
            }
            9 => {
                self.say("'a :");
                self.block(inner);
            }
            0 => {
                self.say("if");
                self.expr(inner);
                self.block(inner);
                if self.choose(2) == 1 {
                    self.say("else");
                    self.block(inner);
                }
            }
            1 => {
                self.say("if");
                self.expr(inner);
                self.say("{ 1 } else if a { 2 } else { b }");
            }
            2 => {
                self.say("'a : while");
                self.expr(inner);
                self.block(inner);
            }
            3 => {
                self.say("for");
                if self.choose(4) == 1 {
                    self.say("( a , mut b )");
                } else {
                    self.plain_name();
                }
                self.say("in (");
                self.operand(inner);
                self.say("..=");
                self.operand(inner);
                self.say(") . rev ( ) . step_by ( 2 )");
                self.block(inner);
            }
            4 => {
                self.say("loop");
                self.block(inner);
            }
            _ => self.block(inner),
        }
    }

    fn expr(&mut self, depth: u8) {
        if depth == 0 {
            return match self.choose(12) {
                0 => self.say("1"),
                1 => self.say("2.5e-3"),
                2 => self.say("\"text\""),
                3 => self.say("'c'"),
                4 => self.say("\"two\nlines\""),
                5 => self.say("true"),
                6 => self.say("( )"),
                7 => self.say("return"),
                8 => self.say("break 'a"),
                9 => self.say("0xFFFF_FFFF"),
                _ => self.name(),
            };
        }
        let inner = depth - 1;
        match self.choose(20) {
            15 => {
                self.say("(");
                self.struct_literal(inner);
                self.say(")");
            }
            16 => {
                self.operand(inner);
                for _ in 0..1 + self.choose(4) {
                    let links = [". x", ". 0", "?", ". sum :: < i64 > ( )", ". get ( 1 )"];
                    let link = links[self.choose(5) as usize];
                    self.say(link);
                }
            }
            17 => {
                self.say("(");
                self.expr(inner);
                self.say(",");
                for _ in 0..self.choose(4) {
                    self.expr(inner);
                    self.say(",");
                }
                self.say(")");
            }
            18 => {
                self.say("matches ! (");
                self.expr(inner);
                self.say(",");
                self.pattern(2);
                if self.choose(3) == 1 {
                    self.say("if");
                    self.expr(inner);
                }
                self.say(")");
            }
            0 => {
                self.operand(inner);
                let operators = ["+", "-", "*", "/", "%", "&&", "||", "&", "|", "^", "<<", ">>"];
                let links = 1 + self.choose(4);
                for _ in 0..links {
                    let operator = operators[self.choose(12) as usize];
                    self.say(operator);
                    self.operand(inner);
                }
            }
            1 => {
                self.operand(inner);
                let operator = ["==", "<", ">="][self.choose(3) as usize];
                self.say(operator);
                self.operand(inner);
            }
            2 => {
                if self.choose(3) == 0 {
                    let name = ["println", "assert_eq", "format"][self.choose(3) as usize];
                    self.say(name);
                    self.say("!");
                } else {
                    self.name();
                }
                self.list("(", ")", inner);
            }
            3 => self.list("[", "]", inner),
            4 => {
                self.operand(inner);
                for _ in 0..1 + self.choose(3) {
                    self.say(". method");
                    self.list("(", ")", inner);
                }
            }
            5 => {
                self.name();
                self.say("[");
                self.expr(inner);
                self.say("]");
            }
            6 => {
                self.name();
                self.say("[");
                self.operand(0);
                self.say("..");
                self.operand(0);
                self.say("]");
            }
            7 => {
                self.say("-");
                self.operand(inner);
            }
            8 => {
                self.operand(inner);
                self.say("as f64");
            }
            9 => {
                self.say("[");
                self.expr(inner);
                self.say(";");
                self.expr(inner);
                self.say("]");
            }
            10 => {
                self.say("(");
                self.block_like(inner);
                self.say(")");
            }
            11 => {
                self.say("!");
                self.operand(inner);
            }
            12 => {
                self.say("return");
                self.operand(inner);
            }
            13 => {
                self.operand(inner);
                self.say(". map (");
                let params = ["| |", "| x |", "move | & x |", "| mut x , y : [ i64 ] |"];
                let params = params[self.choose(4) as usize];
                self.say(params);
                self.expr(inner);
                self.say(")");
            }
            _ => self.expr(inner),
        }
    }

    fn operand(&mut self, depth: u8) {
        if self.choose(2) == 1 {
            self.name();
        } else {
            self.say("(");
            self.expr(depth);
            self.say(")");
        }
    }

    fn list(&mut self, open: &str, close: &str, depth: u8) {
        self.say(open);
        for _ in 0..self.choose(5) {
            if close == ")" && self.choose(8) == 1 {
                self.say("&mut");
                self.operand(depth);
            } else {
                self.expr(depth);
            }
            self.say(",");
        }
        self.say(close);
    }
}
