//! Which way leads to a compiler for WebAssembly: a pure function of the facts, in order of the least surprise.

use super::compiler::Compiler;
use super::facts::Facts;

/// The next thing to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Decision {
    /// Plain cargo can do it.
    Ambient,
    /// rustup has the missing piece.
    AddTarget,
    /// Build the standard library once, from the source that lies beside this compiler.
    BuildStandardLibrary(Compiler),
    /// Install Debian's compiler with its source.
    InstallDebianCompiler,
    /// A person has to act.
    Missing,
}

/// A library that came with the compiler or was built before, then rustup, then source already here, then Debian's packages.
pub fn decide(facts: &Facts) -> Decision {
    if facts.ambient_has_wasm {
        return Decision::Ambient;
    }
    if let Some(compiler) = &facts.built {
        return Decision::BuildStandardLibrary(compiler.clone());
    }
    if facts.may_rustup {
        return Decision::AddTarget;
    }
    let with_source =
        [Some(&facts.ambient), facts.system.as_ref()].into_iter().flatten().find(|compiler| compiler.has_source);
    match with_source {
        Some(_) if facts.linker.is_none() && facts.may_apt => Decision::InstallDebianCompiler,
        Some(compiler) => Decision::BuildStandardLibrary(compiler.clone()),
        None if facts.may_apt => Decision::InstallDebianCompiler,
        None => Decision::Missing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compiler(name: &str, has_source: bool) -> Compiler {
        Compiler {
            rustc: name.into(),
            version: format!("rustc of {name}"),
            sysroot: format!("/{name}").into(),
            has_source,
        }
    }

    fn bare() -> Facts {
        Facts {
            ambient: compiler("ambient", false),
            ambient_has_wasm: false,
            system: None,
            built: None,
            may_rustup: false,
            may_apt: false,
            linker: Some("rust-lld".into()),
        }
    }

    #[test]
    fn a_complete_compiler_is_used_as_it_is() {
        let facts =
            Facts { ambient_has_wasm: true, may_rustup: true, system: Some(compiler("system", true)), ..bare() };
        assert_eq!(decide(&facts), Decision::Ambient);
    }

    #[test]
    fn rustup_comes_before_a_build_of_our_own() {
        let facts = Facts { may_rustup: true, ambient: compiler("ambient", true), ..bare() };
        assert_eq!(decide(&facts), Decision::AddTarget);
    }

    #[test]
    fn what_was_built_before_is_not_looked_for_again() {
        let facts = Facts { may_rustup: true, built: Some(compiler("system", true)), ..bare() };
        assert_eq!(decide(&facts), Decision::BuildStandardLibrary(compiler("system", true)));
    }

    #[test]
    fn the_ambient_source_comes_before_the_systems() {
        let facts = Facts { ambient: compiler("ambient", true), system: Some(compiler("system", true)), ..bare() };
        assert_eq!(decide(&facts), Decision::BuildStandardLibrary(compiler("ambient", true)));
    }

    #[test]
    fn the_systems_source_serves_when_the_ambient_has_none() {
        let facts = Facts { system: Some(compiler("system", true)), may_apt: true, ..bare() };
        assert_eq!(decide(&facts), Decision::BuildStandardLibrary(compiler("system", true)));
    }

    #[test]
    fn packages_are_installed_only_where_that_is_allowed() {
        assert_eq!(decide(&Facts { may_apt: true, ..bare() }), Decision::InstallDebianCompiler);
        assert_eq!(decide(&bare()), Decision::Missing);
    }

    #[test]
    fn a_missing_linker_is_installed_too() {
        let facts = Facts { system: Some(compiler("system", true)), may_apt: true, linker: None, ..bare() };
        assert_eq!(decide(&facts), Decision::InstallDebianCompiler);
    }
}
