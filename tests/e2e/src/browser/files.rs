//! Handing files and folders of this machine to a page, as a person does.

use std::path::Path;

use serde_json::json;

use super::{Browser, Kind, PATIENCE, firefox, remote};
use crate::Step;
use crate::process::until;

impl Browser {
    /// Chooses files, or one folder, in an input for files, as a person does in the browser's dialog.
    ///
    /// # Errors
    ///
    /// The input does not appear or does not take them.
    pub async fn choose(&self, css: &str, paths: &[&Path]) -> Step {
        let is_folder = matches!(paths, [one] if one.is_dir());
        if is_folder && self.kind == Kind::Firefox {
            firefox::answer_dialog(&self.remote, paths[0])?;
            // The driver clicks no input for files.
            self.click(&format!("label:has({css})")).await?;
            // Firefox asks once more before a page learns of a whole folder.
            until("the question about the folder", PATIENCE, || async {
                Ok(self.remote.call(remote::ACCEPT, json!({})).await.map(drop).map_err(|error| error.to_string()))
            })
            .await?;
            let chosen = format!("return document.querySelector({}).files.length;", json!(css));
            return until("the folder to be read", PATIENCE, || async {
                let files = self.run(&chosen).await?;
                Ok(if files.as_u64() > Some(0) { Ok(()) } else { Err(files.to_string()) })
            })
            .await;
        }
        let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        self.find(css).await?.type_text(&paths.join("\n")).await
    }

    /// Drops files and folders of this machine on an element. Chromium alone; Firefox offers no way to it.
    ///
    /// # Errors
    ///
    /// The browser does not do it.
    pub async fn drop_on(&self, css: &str, paths: &[&Path]) -> Step {
        let place = format!(
            "const box = document.querySelector({}).getBoundingClientRect(); return [box.x + box.width / 2, box.y + 20];",
            json!(css)
        );
        let place = self.run(&place).await?;
        let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        for kind in ["dragEnter", "dragOver", "drop"] {
            let data = json!({ "items": [], "files": paths, "dragOperationsMask": 1 });
            let event = json!({ "type": kind, "x": place[0], "y": place[1], "data": data });
            self.remote.developer_tools("Input.dispatchDragEvent", event).await?;
        }
        Ok(())
    }
}
