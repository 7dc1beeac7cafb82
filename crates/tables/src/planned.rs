//! Writes the tables of a plan.

use crate::column::Rows;
use crate::csv;
use crate::declared::planned::*;
use crate::dictionary::Dictionaries;
use crate::error::TableError;
use crate::spool::Spool;
use scenario::World;
use std::fs;
use std::path::Path;

/// Rows of a plan's tables.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct PlanTables {
    pub schedule: Vec<plan_schedule::Row>,
    pub capacity: Vec<plan_capacity::Row>,
    pub systems: Vec<plan_systems::Row>,
    pub energy: Vec<plan_energy::Row>,
    pub capital: Vec<plan_capital::Row>,
    pub funding: Vec<plan_funding::Row>,
    pub served: Vec<plan_served::Row>,
    pub lanes: Vec<plan_lanes::Row>,
    pub costs: Vec<plan_costs::Row>,
    pub books: Vec<plan_books::Row>,
}

/// Where the tables are until all of them are whole.
const ASIDE: &str = "tables.new";

impl PlanTables {
    /// Writes each table as Parquet and, where it is wanted, as CSV; all are whole or none is there.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn write(self, folder: &Path, with_csv: bool) -> Result<(), TableError> {
        whole_or_none(folder, |aside| self.write_aside(aside, with_csv))
    }

    fn write_aside(self, aside: &Path, with_csv: bool) -> Result<(), TableError> {
        fs::create_dir_all(aside).map_err(TableError::io("create", aside))?;
        // No column of a plan points into the names of a world.
        let names = Dictionaries::new(&World::default());
        macro_rules! write {
            ($($rows:expr => $table:ident),+) => {$(
                let mut pending = $table::Pending::default();
                $rows.into_iter().for_each(|row| pending.push(row));
                finish(pending, aside, &names)?;
            )+};
        }
        write!(
            self.schedule => plan_schedule,
            self.capacity => plan_capacity,
            self.systems => plan_systems,
            self.energy => plan_energy,
            self.capital => plan_capital,
            self.funding => plan_funding,
            self.served => plan_served,
            self.lanes => plan_lanes,
            self.costs => plan_costs,
            self.books => plan_books
        );
        if with_csv {
            PLAN_TABLES.into_iter().try_for_each(|table| csv::write(aside, table))?;
        }
        Ok(())
    }
}

/// Writes the table of a front as Parquet and, where it is wanted, as CSV.
///
/// # Errors
/// The folder cannot be written.
pub fn write_front(rows: Vec<plan_front::Row>, folder: &Path, with_csv: bool) -> Result<(), TableError> {
    whole_or_none(folder, |aside| {
        fs::create_dir_all(aside).map_err(TableError::io("create", aside))?;
        let mut pending = plan_front::Pending::default();
        rows.into_iter().for_each(|row| pending.push(row));
        finish(pending, aside, &Dictionaries::new(&World::default()))?;
        if with_csv {
            FRONT_TABLES.into_iter().try_for_each(|table| csv::write(aside, table))?;
        }
        Ok(())
    })
}

/// Writes tables aside and moves them into the folder once all of them are whole.
fn whole_or_none(
    folder: &Path,
    write: impl FnOnce(&Path) -> Result<(), TableError>,
) -> Result<(), TableError> {
    let aside = folder.join(ASIDE);
    let _ = fs::remove_dir_all(&aside);
    let written = write(&aside).and_then(|()| {
        for entry in fs::read_dir(&aside).map_err(TableError::io("read", &aside))? {
            let entry = entry.map_err(TableError::io("read", &aside))?;
            let to = folder.join(entry.file_name());
            fs::rename(entry.path(), &to).map_err(TableError::io("write", &to))?;
        }
        Ok(())
    });
    let _ = fs::remove_dir_all(&aside);
    written
}

fn finish<R: Rows>(rows: R, folder: &Path, names: &Dictionaries) -> Result<(), TableError> {
    let mut spool = Spool::<R>::new(folder);
    spool.pending = rows;
    spool.finish(folder, names).map(|_| ())
}
