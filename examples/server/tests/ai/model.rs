//! A stand-in for models, and whoever asks it.

use std::path::Path;
use std::time::Duration;

use blog_model_server::{Options, StandIn};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::server::{Answer, Server, command, errors, request, token, wait_until};

pub(crate) const KEY: &str = "sk-marker";

/// A stand-in, and what runs it.
pub(crate) struct Model {
    pub(crate) stand_in: StandIn,
    pub(crate) _runtime: Runtime,
}

impl Model {
    /// It thinks for so long before each piece of an answer.
    pub(crate) fn start(pause: Duration) -> Self {
        let runtime = Runtime::new().unwrap();
        let mut options = Options::default();
        options.key = Some(KEY.to_owned());
        options.pause = pause;
        let stand_in = runtime.block_on(StandIn::start(options)).unwrap();
        Self {
            stand_in,
            _runtime: runtime,
        }
    }

    /// A server that asks it, told so by the environment.
    pub(crate) fn serve(&self, data: &Path, options: &[&str]) -> Server {
        serve(&self.as_openai(), data, options)
    }

    /// The environment of a server that asks it as OpenAI.
    pub(crate) fn as_openai(&self) -> Vec<String> {
        vec![
            format!("OPENAI_BASE_URL={}", self.stand_in.openai_url()),
            format!("OPENAI_API_KEY={KEY}"),
            "OPENAI_MODEL=stand-in".to_owned(),
            "BLOG_OPENAI_DIALECT=openai".to_owned(),
        ]
    }

    /// The environment of a server that asks it as Anthropic.
    pub(crate) fn as_anthropic(&self) -> Vec<String> {
        vec![
            format!("ANTHROPIC_BASE_URL={}", self.stand_in.anthropic_url()),
            format!("ANTHROPIC_API_KEY={KEY}"),
            "ANTHROPIC_MODEL=stand-in".to_owned(),
        ]
    }

    /// Where it was asked, call by call.
    pub(crate) fn paths(&self) -> Vec<String> {
        let asked = self.stand_in.asked().into_iter();
        asked.map(|asked| asked.uri.path().to_owned()).collect()
    }

    pub(crate) fn waits_for_calls(&self, count: usize) {
        wait_until("the model is asked, or no longer", || {
            self.stand_in.open_calls() == count
        });
    }
}

pub(crate) fn serve(environment: &[String], data: &Path, options: &[&str]) -> Server {
    let program: Vec<_> = ["env"]
        .into_iter()
        .chain(environment.iter().map(String::as_str))
        .collect();
    Server::start_under(&program, data, options)
}

pub(crate) fn generate(address: &str, token: &str) -> Option<Answer> {
    let wanted = json!({"topic": "Crabs", "save_as_draft": true}).to_string();
    request(address, token, "POST", "/ai/generate-content", &wanted)
}

pub(crate) fn usage(server: &Server, data: &Path) -> Vec<Value> {
    let admin = token(data, "admin");
    let answer = request(&server.address, &admin, "GET", "/ai/usage", "").unwrap();
    answer.json()["items"].as_array().unwrap().clone()
}

/// A command on a data folder that asks this model.
pub(crate) fn ask(model: &Model, data: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = command([&["ai"], arguments].concat());
    let environment = model.as_openai();
    let environment = environment.iter().filter_map(|it| it.split_once('='));
    let output = command.envs(environment).arg("--data").arg(data).output();
    let output = output.unwrap();
    let said = String::from_utf8(output.stdout.clone()).unwrap();
    (output.status.code(), said, errors(&output))
}

pub(crate) fn ask_json(model: &Model, data: &Path, arguments: &[&str]) -> Value {
    let (code, said, errors) = ask(model, data, &[arguments, &["--json"]].concat());
    assert_eq!(code, Some(0), "{errors}");
    serde_json::from_str(&said).unwrap()
}
