//! Operation inside the model, and names for files.

use crate::layout::Form;
use crate::limit::{Kind, Limit};
use crate::model::{FREE, Model};

impl Model<'_> {
    /// The cells, where they are inside the model.
    pub(crate) fn operation(&mut self) {
        if self.form != Form::Whole {
            return;
        }
        let (frame, rows) = (&self.frame, &mut self.problem.rows);
        let layout = &frame.layout;
        let mut givens: Vec<Vec<(usize, f64)>> = Vec::new();
        for s in 0..layout.scenarios {
            for t in 0..layout.periods {
                for i in 0..layout.sites {
                    let Some(first) = layout.flows(s, t, i) else { continue };
                    let cell = &frame.cells[frame.cell_of[layout.cell(s, t, i)]];
                    givens.resize(cell.shape.givens().max(givens.len()), Vec::new());
                    for (k, given) in givens.iter_mut().enumerate().take(cell.shape.givens()) {
                        given.clear();
                        frame.given((s, t, i), k, &mut |column, unit| given.push((column, unit)));
                    }
                    for row in &cell.rows {
                        row.entries.iter().for_each(|&(j, value)| rows.entry(first + j, value));
                        for &(column, unit) in &givens[row.given] {
                            rows.entry(column, -row.rhs * unit);
                        }
                        rows.end(if row.equal { 0.0 } else { FREE.0 }, 0.0);
                    }
                    for (j, column) in cell.columns.iter().enumerate() {
                        if !column.implied {
                            rows.entry(first + j, 1.0);
                            for &(given, unit) in &givens[column.given] {
                                rows.entry(given, -column.high * unit);
                            }
                            rows.end(FREE.0, 0.0);
                        }
                        if column.low > 0.0 {
                            rows.entry(first + j, -1.0);
                            for &(given, unit) in &givens[column.given] {
                                rows.entry(given, column.low * unit);
                            }
                            rows.end(FREE.0, 0.0);
                        }
                    }
                }
            }
        }
    }

    /// A readable name of each row, without spaces.
    pub(crate) fn row_names(&self) -> Vec<String> {
        let instance = self.frame.instance;
        let mut names: Vec<String> = self.limits.iter().map(|limit| limit.name(instance)).collect();
        let layout = &self.frame.layout;
        let mut cells = Vec::new();
        for s in 0..layout.scenarios {
            for t in 0..layout.periods {
                for i in 0..layout.sites {
                    let cell = &self.frame.cells[self.frame.cell_of[layout.cell(s, t, i)]];
                    let bounds = cell.columns.iter();
                    let bounds: usize = bounds
                        .map(|column| usize::from(!column.implied) + usize::from(column.low > 0.0))
                        .sum();
                    let at = Limit::new(Kind::Operation, i, t, s).name(instance);
                    cells.extend((0..cell.rows.len() + bounds).map(|k| format!("{at}#{k}")));
                }
            }
        }
        if self.form == Form::Whole {
            names.extend(cells);
        }
        // Rows of one limit are told apart by their number.
        for (i, name) in names.iter_mut().enumerate() {
            name.push_str(&format!("#{i}"));
        }
        names
    }
}
