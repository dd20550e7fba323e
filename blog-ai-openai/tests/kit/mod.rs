//! What tests and the kit work with: a stand-in server, and a way to it.

#[path = "../../../tests/models/stand_in.rs"]
mod stand_in;

use blog_ai_openai::{Dialect, OpenAiConfig};
use blog_model_server::StandIn;

pub(crate) use self::stand_in::{KEY, stand_in};

pub(crate) fn config(server: &StandIn, dialect: Dialect) -> OpenAiConfig {
    let mut config = OpenAiConfig::default();
    config.base_url = server.openai_url();
    config.key = Some(KEY.into());
    config.dialect = dialect;
    config
}
