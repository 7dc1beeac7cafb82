//! HiGHS behind a safe face.
//!
//! `unsafe` is allowed in this file alone. All of it rests on the same three facts, which the type keeps: the pointer comes from
//! `Highs_create`, is not null and is destroyed once; a `Highs` is used by one owner at a time (`&mut self` for whatever writes);
//! every slice that HiGHS reads or fills is as long as HiGHS itself says the model is at that moment.

#![allow(unsafe_code)]

use crate::problem::{Basis, Columns, Problem, Rows, Stay, check_bounds};
use crate::{Answer, Method, Refused, Sight, Solver, Status, Stop};
use highs_sys::*;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::path::Path;
use std::ptr::{NonNull, null};

/// The rules of presolve that put a sum in the place of the column that it defines: free column substitution, the aggregator, and
/// columns without cost in one row.
const SUBSTITUTION: i32 = 1 << 8 | 1 << 12 | 1 << 18;

/// A living model in HiGHS, with one thread and a fixed seed.
pub struct Highs {
    model: NonNull<c_void>,
    values: Values,
    integers: bool,
}

/// What the last search found, sized by the model as it was then.
#[derive(Default)]
struct Values {
    columns: Vec<f64>,
    reduced: Vec<f64>,
    rows: Vec<f64>,
    duals: Vec<f64>,
}

// SAFETY: HiGHS keeps all state of a model behind its pointer and the type has one owner; nothing is tied to a thread.
unsafe impl Send for Highs {}

impl Drop for Highs {
    fn drop(&mut self) {
        // SAFETY: the pointer came from `Highs_create` and is destroyed here only.
        unsafe { Highs_destroy(self.model.as_ptr()) }
    }
}

/// The version of HiGHS that is built in.
pub fn version() -> String {
    // SAFETY: HiGHS gives a static C string.
    unsafe { CStr::from_ptr(Highs_version()) }.to_string_lossy().into_owned()
}

/// An error unless HiGHS says that all went well.
fn done(status: HighsInt, what: impl FnOnce() -> String) -> Result<(), Refused> {
    if status == STATUS_ERROR { Err(Refused(what())) } else { Ok(()) }
}

fn kinds(integer: &[bool]) -> Vec<HighsInt> {
    integer.iter().map(|&whole| HighsInt::from(whole)).collect()
}

impl Highs {
    /// A model with these columns and rows.
    pub fn new(problem: &Problem) -> Result<Highs, Refused> {
        problem.check()?;
        // SAFETY: no argument.
        let model = NonNull::new(unsafe { Highs_create() }).ok_or_else(|| Refused("to start".into()))?;
        let mut highs = Highs { model, values: Values::default(), integers: false };
        highs.set_flag(c"output_flag", false)?;
        highs.set_int(c"threads", 1)?;
        highs.set_int(c"random_seed", 0)?;
        highs.set_text(c"parallel", c"off")?;
        let Problem { columns, rows, offset } = problem;
        let integers = columns.integer.iter().any(|&whole| whole);
        let integrality = if integers { kinds(&columns.integer) } else { Vec::new() };
        let integrality = if integers { integrality.as_ptr() } else { null() };
        // SAFETY: `Problem::check` has seen to it that all vectors have the lengths given here and indices are inside.
        let status = unsafe {
            Highs_passModel(
                highs.model.as_ptr(),
                columns.len() as HighsInt,
                rows.len() as HighsInt,
                rows.index.len() as HighsInt,
                0,
                MATRIX_FORMAT_ROW_WISE,
                1,
                1,
                *offset,
                columns.cost.as_ptr(),
                columns.lower.as_ptr(),
                columns.upper.as_ptr(),
                rows.lower.as_ptr(),
                rows.upper.as_ptr(),
                rows.start.as_ptr(),
                rows.index.as_ptr(),
                rows.value.as_ptr(),
                null(),
                null(),
                null(),
                integrality,
            )
        };
        done(status, || "this model".into())?;
        highs.integers = integers;
        Ok(highs)
    }

    fn set_flag(&mut self, option: &CStr, value: bool) -> Result<(), Refused> {
        // SAFETY: a live model and a C string.
        let status = unsafe { Highs_setBoolOptionValue(self.model.as_ptr(), option.as_ptr(), value.into()) };
        done(status, || format!("the option {option:?}"))
    }

    fn set_int(&mut self, option: &CStr, value: i32) -> Result<(), Refused> {
        // SAFETY: a live model and a C string.
        let status = unsafe { Highs_setIntOptionValue(self.model.as_ptr(), option.as_ptr(), value) };
        done(status, || format!("{value} for the option {option:?}"))
    }

    fn set_real(&mut self, option: &CStr, value: f64) -> Result<(), Refused> {
        // SAFETY: a live model and a C string.
        let status = unsafe { Highs_setDoubleOptionValue(self.model.as_ptr(), option.as_ptr(), value) };
        done(status, || format!("{value} for the option {option:?}"))
    }

    fn set_text(&mut self, option: &CStr, value: &CStr) -> Result<(), Refused> {
        // SAFETY: a live model and two C strings.
        let status =
            unsafe { Highs_setStringOptionValue(self.model.as_ptr(), option.as_ptr(), value.as_ptr()) };
        done(status, || format!("{value:?} for the option {option:?}"))
    }

    /// Sets an option of HiGHS by name, for experiments: `"12"`, `"0.5"`, `"on"`.
    pub fn set_option(&mut self, option: &str, value: &str) -> Result<(), Refused> {
        let name = CString::new(option).map_err(|_| Refused(format!("the option {option:?}")))?;
        if let Ok(whole) = value.parse::<i32>()
            && self.set_int(&name, whole).is_ok()
        {
            return Ok(());
        }
        if let Ok(real) = value.parse::<f64>()
            && self.set_real(&name, real).is_ok()
        {
            return Ok(());
        }
        if let Ok(flag) = value.parse::<bool>()
            && self.set_flag(&name, flag).is_ok()
        {
            return Ok(());
        }
        let text = CString::new(value).map_err(|_| Refused(format!("{value:?}")))?;
        self.set_text(&name, &text)
    }

    /// The first and last index of a range that must lie below `count`.
    fn range(
        first: usize,
        len: usize,
        count: usize,
        what: &str,
    ) -> Result<Option<(HighsInt, HighsInt)>, Refused> {
        match first.checked_add(len) {
            Some(end) if end <= count && len > 0 => Ok(Some((first as HighsInt, end as HighsInt - 1))),
            Some(end) if end <= count => Ok(None),
            _ => Err(Refused(format!("{what} {first} to {}, of {count}", first.saturating_add(len)))),
        }
    }

    fn set_options(&mut self, stop: &Stop) -> Result<(), Refused> {
        let count = |limit: Option<u32>| limit.map_or(i32::MAX, |n| i32::try_from(n).unwrap_or(i32::MAX));
        self.set_real(c"mip_rel_gap", stop.gap)?;
        self.set_real(c"mip_abs_gap", stop.distance)?;
        self.set_real(c"mip_heuristic_effort", stop.heuristics)?;
        self.set_int(c"mip_max_nodes", count(stop.nodes))?;
        self.set_int(c"mip_max_improving_sols", count(stop.incumbents))?;
        self.set_int(c"simplex_iteration_limit", count(stop.iterations))?;
        self.set_int(c"ipm_iteration_limit", count(stop.iterations))?;
        self.set_int(c"pdlp_iteration_limit", count(stop.iterations))?;
        self.set_real(c"objective_bound", stop.cutoff.unwrap_or(f64::INFINITY))?;
        self.set_int(c"presolve_rule_off", if stop.keep_sums { SUBSTITUTION } else { 0 })?;
        self.set_text(c"presolve", if stop.presolve { c"on" } else { c"off" })?;
        let (solver, strategy, crossover) = match stop.method {
            Method::DualSimplex => (c"simplex", 1, c"on"),
            Method::PrimalSimplex => (c"simplex", 4, c"on"),
            Method::InteriorPoint => (c"ipx", 1, c"on"),
            Method::InteriorPointOnly => (c"ipx", 1, c"off"),
            Method::FirstOrder => (c"pdlp", 1, c"off"),
        };
        self.set_int(c"simplex_strategy", strategy)?;
        self.set_text(c"run_crossover", crossover)?;
        // For a mixed-integer search this names what solves the relaxations; only the simplex method does that well.
        self.set_text(c"solver", if self.integers { c"choose" } else { solver })
    }

    /// Fetches what the search found, into vectors as long as the model is now; zeros where it found nothing.
    fn fetch(&mut self) {
        let (columns, rows) = (self.columns(), self.rows());
        self.values.columns.resize(columns, 0.0);
        self.values.reduced.resize(columns, 0.0);
        self.values.rows.resize(rows, 0.0);
        self.values.duals.resize(rows, 0.0);
        // SAFETY: the four vectors are as long as HiGHS says the model is.
        let status = unsafe {
            Highs_getSolution(
                self.model.as_ptr(),
                self.values.columns.as_mut_ptr(),
                self.values.reduced.as_mut_ptr(),
                self.values.rows.as_mut_ptr(),
                self.values.duals.as_mut_ptr(),
            )
        };
        if status == STATUS_ERROR {
            let values = &mut self.values;
            for vector in [&mut values.columns, &mut values.reduced, &mut values.rows, &mut values.duals] {
                vector.fill(0.0);
            }
        }
    }

    fn info(&self, name: &CStr) -> i64 {
        let (mut value, mut wide) = (0, 0);
        // SAFETY: a live model, a C string, a place for the value; HiGHS refuses a name of another type.
        unsafe {
            if Highs_getIntInfoValue(self.model.as_ptr(), name.as_ptr(), &mut value) == STATUS_OK {
                return i64::from(value);
            }
            Highs_getInt64InfoValue(self.model.as_ptr(), name.as_ptr(), &mut wide);
        }
        wide
    }

    fn real_info(&self, name: &CStr) -> f64 {
        let mut value = f64::NAN;
        // SAFETY: a live model, a C string, a place for the value.
        unsafe { Highs_getDoubleInfoValue(self.model.as_ptr(), name.as_ptr(), &mut value) };
        value
    }

    fn answer(&mut self, run: HighsInt) -> Answer {
        // SAFETY: a live model.
        let model_status = unsafe { Highs_getModelStatus(self.model.as_ptr()) };
        let feasible = model_status == MODEL_STATUS_MODEL_EMPTY
            || self.info(c"primal_solution_status") == i64::from(SOLUTION_STATUS_FEASIBLE);
        let status = match model_status {
            _ if run == STATUS_ERROR => Status::NoAnswer,
            MODEL_STATUS_OPTIMAL | MODEL_STATUS_MODEL_EMPTY => Status::Optimal,
            MODEL_STATUS_INFEASIBLE => Status::Infeasible,
            MODEL_STATUS_UNBOUNDED => Status::Unbounded,
            MODEL_STATUS_REACHED_ITERATION_LIMIT
            | MODEL_STATUS_REACHED_SOLUTION_LIMIT
            | MODEL_STATUS_OBJECTIVE_BOUND
            | MODEL_STATUS_OBJECTIVE_TARGET => Status::Limit,
            _ => Status::NoAnswer,
        };
        // HiGHS may end a mixed-integer search "optimal" by a cutoff with nothing found.
        let feasible = feasible && !matches!(status, Status::Infeasible | Status::NoAnswer);
        // SAFETY: a live model.
        let value = unsafe { Highs_getObjectiveValue(self.model.as_ptr()) };
        let objective = if feasible { value } else { f64::INFINITY };
        let bound = match status {
            Status::Infeasible => f64::INFINITY,
            _ if self.integers => self.real_info(c"mip_dual_bound"),
            Status::Optimal => objective,
            _ => f64::NEG_INFINITY,
        };
        let iterations = [c"simplex_iteration_count", c"ipm_iteration_count", c"pdlp_iteration_count"];
        let iterations: i64 = iterations.iter().map(|name| self.info(name).max(0)).sum();
        self.fetch();
        Answer {
            status,
            feasible,
            objective,
            bound,
            nodes: self.info(c"mip_node_count").max(0) as u64,
            iterations: iterations as u64,
        }
    }

    /// A ray of the last search, if HiGHS has one: `len` values filled by `get`.
    fn ray(
        &mut self,
        len: usize,
        get: unsafe extern "C" fn(*const c_void, *mut HighsInt, *mut f64) -> HighsInt,
    ) -> Option<Vec<f64>> {
        let mut there = 0;
        let mut ray = vec![0.0; len];
        // SAFETY: the vector has one place for each row or column, as `get` wants.
        let status = unsafe { get(self.model.as_ptr(), &mut there, ray.as_mut_ptr()) };
        (status != STATUS_ERROR && there != 0).then_some(ray)
    }
}

/// What HiGHS calls while it searches: `watch` is a pointer to a `&mut dyn FnMut(&Sight)` that outlives the search.
unsafe extern "C" fn trampoline(
    _kind: c_int,
    _message: *const c_char,
    out: *const HighsCallbackDataOut,
    _in: *mut HighsCallbackDataIn,
    watch: *mut c_void,
) {
    if out.is_null() || watch.is_null() {
        return;
    }
    // SAFETY: HiGHS hands a valid structure for the time of the call, and `solve` keeps the closure until it has returned.
    let (out, watch) = unsafe { (&*out, &mut *watch.cast::<&mut dyn FnMut(&Sight)>()) };
    let sight = Sight {
        incumbent: out.mip_primal_bound,
        bound: out.mip_dual_bound,
        nodes: out.mip_node_count.max(0) as u64,
    };
    // A panic must not unwind through C++; the search goes on, and the caller's own state shows what is missing.
    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| watch(&sight)));
}

impl Solver for Highs {
    fn open(problem: &Problem) -> Result<Highs, Refused> {
        Highs::new(problem)
    }

    fn columns(&self) -> usize {
        // SAFETY: a live model.
        unsafe { Highs_getNumCol(self.model.as_ptr()) as usize }
    }

    fn rows(&self) -> usize {
        // SAFETY: a live model.
        unsafe { Highs_getNumRow(self.model.as_ptr()) as usize }
    }

    fn set_bounds(&mut self, first: usize, lower: &[f64], upper: &[f64]) -> Result<(), Refused> {
        check_bounds("column", lower, upper)?;
        let Some((from, to)) = Self::range(first, lower.len(), self.columns(), "columns")? else {
            return Ok(());
        };
        // SAFETY: the range lies inside the model and both slices have its length.
        let status = unsafe {
            Highs_changeColsBoundsByRange(self.model.as_ptr(), from, to, lower.as_ptr(), upper.as_ptr())
        };
        done(status, || "these column bounds".into())
    }

    fn set_costs(&mut self, first: usize, costs: &[f64]) -> Result<(), Refused> {
        if let Some(cost) = costs.iter().find(|cost| !cost.is_finite()) {
            return Err(Refused(format!("a cost of {cost}")));
        }
        let Some((from, to)) = Self::range(first, costs.len(), self.columns(), "columns")? else {
            return Ok(());
        };
        // SAFETY: the range lies inside the model and the slice has its length.
        let status = unsafe { Highs_changeColsCostByRange(self.model.as_ptr(), from, to, costs.as_ptr()) };
        done(status, || "these costs".into())
    }

    fn set_integer(&mut self, first: usize, integer: &[bool]) -> Result<(), Refused> {
        let Some((from, to)) = Self::range(first, integer.len(), self.columns(), "columns")? else {
            return Ok(());
        };
        let kinds = kinds(integer);
        // SAFETY: the range lies inside the model and the vector has its length.
        let status =
            unsafe { Highs_changeColsIntegralityByRange(self.model.as_ptr(), from, to, kinds.as_ptr()) };
        done(status, || "this integrality".into())?;
        let all = first == 0 && integer.len() == self.columns();
        let any = integer.iter().any(|&whole| whole);
        if all && !any {
            // Without this HiGHS would still treat the model as a mixed-integer one.
            // SAFETY: a live model.
            unsafe { Highs_clearIntegrality(self.model.as_ptr()) };
        }
        self.integers = any || (self.integers && !all);
        Ok(())
    }

    fn set_row_bounds(&mut self, first: usize, lower: &[f64], upper: &[f64]) -> Result<(), Refused> {
        check_bounds("row", lower, upper)?;
        let Some((from, to)) = Self::range(first, lower.len(), self.rows(), "rows")? else { return Ok(()) };
        // SAFETY: the range lies inside the model and both slices have its length.
        let status = unsafe {
            Highs_changeRowsBoundsByRange(self.model.as_ptr(), from, to, lower.as_ptr(), upper.as_ptr())
        };
        done(status, || "these row bounds".into())
    }

    fn set_coefficient(&mut self, row: usize, column: usize, value: f64) -> Result<(), Refused> {
        if row >= self.rows() || column >= self.columns() || !value.is_finite() {
            return Err(Refused(format!("the coefficient {value} of row {row}, column {column}")));
        }
        // SAFETY: both indices lie inside the model.
        let status =
            unsafe { Highs_changeCoeff(self.model.as_ptr(), row as HighsInt, column as HighsInt, value) };
        done(status, || format!("the coefficient {value}"))
    }

    fn add_columns(&mut self, columns: &Columns) -> Result<(), Refused> {
        let problem = Problem { columns: columns.clone(), ..Problem::default() };
        problem.check()?;
        if columns.is_empty() {
            return Ok(());
        }
        let first = self.columns();
        let start = vec![0; columns.len()];
        // SAFETY: `check` has seen to the lengths; there are no entries, so no index is read.
        let status = unsafe {
            Highs_addCols(
                self.model.as_ptr(),
                columns.len() as HighsInt,
                columns.cost.as_ptr(),
                columns.lower.as_ptr(),
                columns.upper.as_ptr(),
                0,
                start.as_ptr(),
                null(),
                null(),
            )
        };
        done(status, || "these columns".into())?;
        if columns.integer.iter().any(|&whole| whole) {
            self.set_integer(first, &columns.integer)
        } else {
            Ok(())
        }
    }

    fn add_rows(&mut self, rows: &Rows) -> Result<(), Refused> {
        rows.check(self.columns())?;
        if rows.is_empty() {
            return Ok(());
        }
        // SAFETY: `check` has seen to the lengths and to the indices.
        let status = unsafe {
            Highs_addRows(
                self.model.as_ptr(),
                rows.len() as HighsInt,
                rows.lower.as_ptr(),
                rows.upper.as_ptr(),
                rows.index.len() as HighsInt,
                rows.start.as_ptr(),
                rows.index.as_ptr(),
                rows.value.as_ptr(),
            )
        };
        done(status, || "these rows".into())
    }

    fn remove_rows(&mut self, gone: &[bool]) -> Result<(), Refused> {
        if gone.len() != self.rows() {
            return Err(Refused(format!("{} flags for {} rows", gone.len(), self.rows())));
        }
        let mut mask = kinds(gone);
        // SAFETY: the mask has one entry for each row; HiGHS writes the new index of each into it.
        let status = unsafe { Highs_deleteRowsByMask(self.model.as_ptr(), mask.as_mut_ptr()) };
        done(status, || "to remove these rows".into())
    }

    fn set_names(&mut self, columns: &[String], rows: &[String]) -> Result<(), Refused> {
        if columns.len() != self.columns() || rows.len() != self.rows() {
            return Err(Refused("names that are not as many as the columns and rows".into()));
        }
        let text =
            |name: &String| CString::new(name.as_str()).map_err(|_| Refused(format!("the name {name:?}")));
        for (i, name) in columns.iter().enumerate() {
            let text = text(name)?;
            // SAFETY: the index lies inside the model; a C string.
            done(unsafe { Highs_passColName(self.model.as_ptr(), i as HighsInt, text.as_ptr()) }, || {
                format!("the name {name:?}")
            })?;
        }
        for (i, name) in rows.iter().enumerate() {
            let text = text(name)?;
            // SAFETY: the index lies inside the model; a C string.
            done(unsafe { Highs_passRowName(self.model.as_ptr(), i as HighsInt, text.as_ptr()) }, || {
                format!("the name {name:?}")
            })?;
        }
        Ok(())
    }

    fn suggest(&mut self, values: &[f64]) -> Result<(), Refused> {
        if values.len() != self.columns() {
            return Err(Refused(format!("{} values for {} columns", values.len(), self.columns())));
        }
        // SAFETY: one value for each column; HiGHS reads no vector that is null.
        let status =
            unsafe { Highs_setSolution(self.model.as_ptr(), values.as_ptr(), null(), null(), null()) };
        done(status, || "these values".into())
    }

    fn basis(&self) -> Option<Basis> {
        if self.info(c"basis_validity") != 1 {
            return None;
        }
        let (mut columns, mut rows) = (vec![0; self.columns()], vec![0; self.rows()]);
        // SAFETY: the vectors are as long as HiGHS says the model is.
        let status = unsafe { Highs_getBasis(self.model.as_ptr(), columns.as_mut_ptr(), rows.as_mut_ptr()) };
        let stays = |codes: Vec<HighsInt>| {
            let stay = |code| match code {
                0 => Stay::Lower,
                1 => Stay::Basic,
                2 => Stay::Upper,
                3 => Stay::Zero,
                _ => Stay::Outside,
            };
            codes.into_iter().map(stay).collect()
        };
        (status != STATUS_ERROR).then(|| Basis { columns: stays(columns), rows: stays(rows) })
    }

    fn set_basis(&mut self, basis: &Basis) -> Result<(), Refused> {
        if basis.columns.len() != self.columns() || basis.rows.len() != self.rows() {
            return Err(Refused("a basis of another size".into()));
        }
        let codes = |stays: &[Stay]| stays.iter().map(|&stay| stay as HighsInt).collect::<Vec<_>>();
        let (columns, rows) = (codes(&basis.columns), codes(&basis.rows));
        // SAFETY: one entry for each column and row.
        let status = unsafe { Highs_setBasis(self.model.as_ptr(), columns.as_ptr(), rows.as_ptr()) };
        done(status, || "this basis".into())
    }

    fn solve(&mut self, stop: &Stop, watch: &mut dyn FnMut(&Sight)) -> Result<Answer, Refused> {
        self.set_options(stop)?;
        if !self.integers {
            // SAFETY: a live model.
            let run = unsafe { Highs_run(self.model.as_ptr()) };
            return Ok(self.answer(run));
        }
        let mut watch: &mut dyn FnMut(&Sight) = watch;
        let closure: *mut c_void = std::ptr::from_mut(&mut watch).cast();
        let kinds = [kHighsCallbackMipImprovingSolution, kHighsCallbackMipLogging];
        // SAFETY: the closure lives until the calls are stopped again, before this function returns.
        let run = unsafe {
            Highs_setCallback(self.model.as_ptr(), Some(trampoline), closure);
            for kind in kinds {
                Highs_startCallback(self.model.as_ptr(), kind as c_int);
            }
            let run = Highs_run(self.model.as_ptr());
            for kind in kinds {
                Highs_stopCallback(self.model.as_ptr(), kind as c_int);
            }
            Highs_setCallback(self.model.as_ptr(), None, std::ptr::null_mut());
            run
        };
        Ok(self.answer(run))
    }

    fn primal(&self) -> &[f64] {
        &self.values.columns
    }

    fn row_values(&self) -> &[f64] {
        &self.values.rows
    }

    fn row_duals(&self) -> &[f64] {
        &self.values.duals
    }

    fn reduced_costs(&self) -> &[f64] {
        &self.values.reduced
    }

    fn infeasible_ray(&mut self) -> Option<Vec<f64>> {
        let rows = self.rows();
        self.ray(rows, Highs_getDualRay)
    }

    fn unbounded_ray(&mut self) -> Option<Vec<f64>> {
        let columns = self.columns();
        self.ray(columns, Highs_getPrimalRay)
    }

    fn write(&mut self, path: &Path) -> Result<(), Refused> {
        let place = || format!("to write {}", path.display());
        let text = path.to_str().and_then(|text| CString::new(text).ok()).ok_or_else(|| Refused(place()))?;
        if !matches!(path.extension().and_then(|end| end.to_str()), Some("mps" | "lp")) {
            return Err(Refused(format!("{}: a model's file ends in .mps or .lp", place())));
        }
        // SAFETY: a live model and a C string.
        done(unsafe { Highs_writeModel(self.model.as_ptr(), text.as_ptr()) }, place)
    }
}
