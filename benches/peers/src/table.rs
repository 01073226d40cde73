//! A section's results as a grid of summaries, and its text.

use std::fmt::Write as _;

use serde::Serialize;

use crate::stats::{Summary, geomean};

/// Peers that the others are divided by, where programs run.
pub const REFERENCES: &[&str] = &["native", "nda"];

/// A section's results: a row per program, a column per peer.
#[derive(Debug, Serialize)]
pub struct Grid {
    /// The section, as on the command line.
    pub section: &'static str,
    /// Unit of every summary.
    pub unit: &'static str,
    /// What was measured and how, in a line.
    pub about: String,
    /// Peers.
    pub columns: Vec<String>,
    /// Peers that the others are divided by, where they take part.
    pub references: &'static [&'static str],
    /// Programs.
    pub rows: Vec<Line>,
}

/// One row.
#[derive(Debug, Serialize)]
pub struct Line {
    /// The program.
    pub name: String,
    /// What it does.
    pub about: String,
    /// One per column; `None` where the peer does not take part.
    pub cells: Vec<Option<Cell>>,
}

/// One peer's result on one row.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Cell {
    /// Of its samples.
    pub summary: Summary,
    /// The peer computes something a little different here: marked, and explained in README.md.
    pub differs: bool,
}

impl Grid {
    /// Ratios of each column's median to `reference`'s in this row.
    fn ratios(&self, row: &Line, reference: &str) -> Option<Vec<Option<f64>>> {
        let base = self.columns.iter().position(|name| name == reference)?;
        let base = row.cells[base]?.summary.median;
        Some(row.cells.iter().map(|cell| cell.map(|cell| cell.summary.median / base)).collect())
    }

    /// The fastest column of a row; native code is out of competition.
    fn winner(&self, row: &Line) -> Option<usize> {
        (0..self.columns.len())
            .filter(|&column| self.columns[column] != "native")
            .filter_map(|column| Some((column, row.cells[column]?.summary.median)))
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(column, _)| column)
    }

    /// The grid as aligned text: per row the medians, the minima, then the medians' ratios to native and to NDA.
    pub fn render(&self) -> String {
        let mut table = Text::default();
        let mut head = vec![self.section.to_owned(), String::new()];
        head.extend(self.columns.iter().map(|name| format!("{name}  ")));
        table.rows.push(head);
        for row in &self.rows {
            let winner = self.winner(row);
            let cells = row.cells.iter().enumerate().map(|(column, cell)| {
                let Some(cell) = cell else { return "-  ".to_owned() };
                let star = if winner == Some(column) { "*" } else { " " };
                let differs = if cell.differs { "~" } else { " " };
                format!("{}{star}{differs}", number(cell.summary.median))
            });
            table.rows.push([row.name.clone(), self.unit.to_owned()].into_iter().chain(cells).collect());
            let minima = row.cells.iter().map(|cell| match cell {
                Some(cell) => format!("{}  ", number(cell.summary.min)),
                None => "-  ".to_owned(),
            });
            table.rows.push([String::new(), "min".to_owned()].into_iter().chain(minima).collect());
            for &reference in self.references {
                if let Some(ratios) = self.ratios(row, reference) {
                    table.push_ratios("", reference, ratios);
                }
            }
        }
        if self.rows.len() > 1 {
            self.push_totals(&mut table);
        }
        let mut text = format!("{}\n\n{}", self.about, table.render());
        for row in &self.rows {
            put(&mut text, format_args!("  {:<14} {}\n", row.name, row.about));
        }
        let native = self.columns.iter().any(|name| name == "native");
        text.push_str(if native { "  * fastest median (native aside)" } else { "  * fastest median" });
        if self.rows.iter().flat_map(|row| &row.cells).flatten().any(|cell| cell.differs) {
            text.push_str("   ~ same program, other arithmetic: see README.md");
        }
        text.push('\n');
        text
    }

    fn push_totals(&self, table: &mut Text) {
        for &reference in self.references {
            let rows: Vec<_> = self.rows.iter().filter_map(|row| self.ratios(row, reference)).collect();
            if rows.is_empty() {
                continue;
            }
            let column = |index: usize| -> Vec<f64> { rows.iter().filter_map(|row| row[index]).collect() };
            let means = (0..self.columns.len()).map(|index| geomean(&column(index))).collect();
            table.push_ratios("geomean", reference, means);
            if reference == "nda" {
                let mut cells = vec!["nda ahead on".to_owned(), "rows".to_owned()];
                cells.extend((0..self.columns.len()).map(|index| {
                    let ratios = column(index);
                    if ratios.is_empty() || self.columns[index] == reference {
                        return "-  ".to_owned();
                    }
                    format!("{}/{}  ", ratios.iter().filter(|ratio| **ratio > 1.0).count(), ratios.len())
                }));
                table.rows.push(cells);
            }
        }
    }
}

/// Rows of cells, aligned when rendered: the first two columns to the left, the others to the right.
#[derive(Default)]
struct Text {
    rows: Vec<Vec<String>>,
}

impl Text {
    fn push_ratios(&mut self, name: &str, reference: &str, ratios: Vec<Option<f64>>) {
        let cells = ratios.into_iter().map(|ratio| match ratio {
            Some(ratio) => format!("{}x ", number(ratio)),
            None => "-  ".to_owned(),
        });
        self.rows.push([name.to_owned(), format!("/{reference}")].into_iter().chain(cells).collect());
    }

    fn render(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut text = String::new();
        for (index, row) in self.rows.iter().enumerate() {
            // A rule under the head, a blank line before each program's block.
            if index == 1 {
                let rule = widths.iter().sum::<usize>() + widths.len().saturating_sub(1);
                put(&mut text, format_args!("{}\n", "-".repeat(rule)));
            } else if index > 1 && !row[0].is_empty() && self.rows[index - 1][0].is_empty() {
                text.push('\n');
            }
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                let width = widths[column];
                match column {
                    0 | 1 => put(&mut line, format_args!("{cell:<width$} ")),
                    _ => put(&mut line, format_args!("{cell:>width$} ")),
                }
            }
            put(&mut text, format_args!("{}\n", line.trim_end()));
        }
        text.push('\n');
        text
    }
}

/// Three significant digits, or whole: 0.123, 1.23, 12.3, 123, 1234.
fn number(x: f64) -> String {
    match x.abs() {
        size if size < 1.0 => format!("{x:.3}"),
        size if size < 10.0 => format!("{x:.2}"),
        size if size < 100.0 => format!("{x:.1}"),
        _ => format!("{x:.0}"),
    }
}

fn put(text: &mut String, piece: std::fmt::Arguments<'_>) {
    text.write_fmt(piece).expect("writing into a String does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_with_both_references_and_a_gap() {
        let cell = |median, differs| {
            Some(Cell { summary: Summary { median, min: median / 2.0, samples: 3 }, differs })
        };
        let line =
            |name: &str, cells| Line { name: name.to_owned(), about: "what it does".to_owned(), cells };
        let grid = Grid {
            section: "throughput",
            unit: "ms",
            about: "About.".to_owned(),
            columns: ["native", "nda", "other", "none"].map(str::to_owned).to_vec(),
            references: REFERENCES,
            rows: vec![
                line("one", vec![cell(2.0, false), cell(8.0, false), cell(16.0, true), None]),
                line("two", vec![cell(2.0, false), cell(8.0, false), cell(4.0, false), None]),
            ],
        };
        let expected = "\
About.

throughput           native    nda   other   none
---------------------------------------------------
one          ms        2.00   8.00*   16.0 ~    -
             min       1.00   4.00    8.00      -
             /native   1.00x  4.00x   8.00x     -
             /nda     0.250x  1.00x   2.00x     -

two          ms        2.00   8.00    4.00*     -
             min       1.00   4.00    2.00      -
             /native   1.00x  4.00x   2.00x     -
             /nda     0.250x  1.00x  0.500x     -

geomean      /native   1.00x  4.00x   4.00x     -
geomean      /nda     0.250x  1.00x   1.00x     -
nda ahead on rows       0/2      -     1/2      -

  one            what it does
  two            what it does
  * fastest median (native aside)   ~ same program, other arithmetic: see README.md
";
        assert_eq!(grid.render(), expected);
    }
}
