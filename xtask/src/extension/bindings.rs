//! JavaScript bindings for the compiled module, made by wasm-bindgen as a library.

use std::path::Path;

use wasm_bindgen_cli_support::Bindgen;

use crate::failure::{Context, Outcome};
use crate::files;

/// What the generated files are called; `background.js` imports them by these names.
pub const NAME: &str = "extension_core";

/// Writes `extension_core.js` and `extension_core_bg.wasm` into `folder`, which is emptied first.
/// Function names and the list of tools that made the module are left out: they cost bytes and differ between machines.
pub fn generate(module: &Path, folder: &Path) -> Outcome<()> {
    files::remove_tree(folder)?;
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(module)
        .out_name(NAME)
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true);
    let bindgen = bindgen.web(true).cannot(|| "choose the kind of bindings".to_owned())?;
    bindgen.generate(folder).map_err(|error| format!("{error:#}")).cannot(|| "generate the bindings".to_owned())
}
