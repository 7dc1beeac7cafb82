//! The formats, by name, by file name and by their first line.

use std::path::Path;

/// A format of job logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Standard Workload Format, version 2.2 (Chapin et al., JSSPP 1999; Parallel Workloads Archive).
    Swf,
    /// The Philly jobs (Jeon et al., USENIX ATC 2019) as one CSV file.
    Philly,
    /// The Alibaba openb pods (Weng et al., USENIX ATC 2023).
    Openb,
    /// Our own form as CSV.
    Csv,
    /// Our own form as Parquet.
    Parquet,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 5] = [Format::Swf, Format::Philly, Format::Openb, Format::Csv, Format::Parquet];

    /// The name that a scenario and a flag use.
    pub fn name(self) -> &'static str {
        match self {
            Format::Swf => "swf",
            Format::Philly => "philly",
            Format::Openb => "openb",
            Format::Csv => "csv",
            Format::Parquet => "parquet",
        }
    }

    /// One line about it.
    pub fn title(self) -> &'static str {
        match self {
            Format::Swf => "Standard Workload Format (.swf, .swf.gz, .zip with one member)",
            Format::Philly => "Philly jobs: timestamp,duration,num_gpus,gpu_time,cluster",
            Format::Openb => "Alibaba openb pods: name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,...",
            Format::Csv => "Stargate's own form as CSV",
            Format::Parquet => "Stargate's own form as Parquet",
        }
    }

    /// The format of this name.
    pub fn parse(name: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.name() == name)
    }

    /// The format that a file's name speaks for.
    pub fn of_path(path: &Path) -> Option<Format> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let bare = name.strip_suffix(".gz").or(name.strip_suffix(".zip")).unwrap_or(&name);
        match bare.rsplit('.').next()? {
            "swf" => Some(Format::Swf),
            "parquet" => Some(Format::Parquet),
            "csv" if bare.contains("philly") => Some(Format::Philly),
            "csv" if bare.contains("openb") => Some(Format::Openb),
            "csv" => Some(Format::Csv),
            _ => None,
        }
    }

    /// The format that a file's first bytes look like; `None` where they look like none of ours.
    pub(crate) fn of_text(start: &[u8]) -> Option<Format> {
        if start.starts_with(b"PAR1") {
            return Some(Format::Parquet);
        }
        let line = start.split(|&byte| byte == b'\n').next()?;
        let line = std::str::from_utf8(line).ok()?.trim();
        if line.starts_with(';') {
            return Some(Format::Swf);
        }
        let mut names = line.split(',');
        if line.contains("gpu_time") && line.contains("cluster") {
            Some(Format::Philly)
        } else if line.contains("creation_time") && line.contains("num_gpu") {
            Some(Format::Openb)
        } else if names.any(|name| name.trim() == "submit_s") {
            Some(Format::Csv)
        } else {
            let mut words = line.split_ascii_whitespace();
            let numbers = words.clone().count() == 18 && words.all(|word| word.parse::<f64>().is_ok());
            numbers.then_some(Format::Swf)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_finds_its_format_and_back() {
        for format in Format::ALL {
            assert_eq!(Format::parse(format.name()), Some(format));
        }
        assert_eq!(Format::parse("SWF"), None);
    }

    #[test]
    fn a_file_name_speaks_for_its_format() {
        let of = |name: &str| Format::of_path(Path::new(name));
        assert_eq!(of("logs/NASA-iPSC-1993-3.1-cln.swf.zip"), Some(Format::Swf));
        assert_eq!(of("a.SWF.gz"), Some(Format::Swf));
        assert_eq!(of("philly.csv.gz"), Some(Format::Philly));
        assert_eq!(of("openb_pod_list_default.csv.gz"), Some(Format::Openb));
        assert_eq!(of("jobs.csv"), Some(Format::Csv));
        assert_eq!(of("jobs.parquet"), Some(Format::Parquet));
        assert_eq!(of("notes.txt"), None);
        assert_eq!(of(".."), None);
    }

    #[test]
    fn a_first_line_tells_its_format() {
        assert_eq!(Format::of_text(b"; Version: 2.2\n"), Some(Format::Swf));
        assert_eq!(Format::of_text(b"1 0 -1 5 8 -1 -1 8 -1 -1 1 1 1 -1 -1 -1 -1 -1"), Some(Format::Swf));
        assert_eq!(Format::of_text(b"timestamp,duration,num_gpus,gpu_time,cluster\n"), Some(Format::Philly));
        assert_eq!(Format::of_text(b"runtime_s,submit_s,gpu_milli\n1,2,3"), Some(Format::Csv));
        assert_eq!(Format::of_text(b"PAR1\x15\x04"), Some(Format::Parquet));
        assert_eq!(Format::of_text(b"hello"), None);
        assert_eq!(Format::of_text(b"\xff\xfe"), None);
    }
}
