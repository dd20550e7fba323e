//! JSON of servers that know no schemas: how long it may take, and who pays for a second answer.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod kit;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use blog_ai_openai::{Dialect, OpenAi};
use blog_core::decorate::{Reliable, ReliableOptions};
use blog_core::domain::{Actor, Role};
use blog_core::memory::{MemoryStorage, MemoryUsageStore, ScriptedReply};
use blog_core::ports::payment::{self, Payer};
use blog_core::ports::{
    AnswerFormat, Completion, CompletionRequest, LanguageModel, Message, Speaker, StopReason,
    TokenUsage,
};
use blog_core::services::ai::GeneratePost;
use blog_core::{Blog, Error, ErrorKind, Result};
use blog_model_server::{Problem, Reply, StandIn};
use serde_json::json;

fn request() -> CompletionRequest {
    CompletionRequest {
        instructions: "Greet.".to_owned(),
        messages: vec![Message {
            speaker: Speaker::User,
            text: "Who is there?".to_owned(),
        }],
        format: AnswerFormat::Json {
            name: "greeting".to_owned(),
            schema: json!({
                "type": "object",
                "properties": {"words": {"type": "string"}},
                "required": ["words"],
                "additionalProperties": false,
            })
            .into(),
        },
        max_output_tokens: 100,
    }
}

async fn model() -> (Arc<StandIn>, OpenAi) {
    let server = kit::stand_in().await.unwrap();
    let model = OpenAi::new("stand-in", &kit::config(&server, Dialect::Compatible)).unwrap();
    (server, model)
}

fn says(text: &str) -> Reply {
    Reply::Scripted(ScriptedReply::answer(text))
}

const FITTING: &str = r#"{"words": "A fox."}"#;

#[tokio::test]
async fn an_answer_may_take_long_as_long_as_it_comes() {
    let (server, model) = model().await;
    server.reply([Reply::Scripted(ScriptedReply::Answer {
        pieces: FITTING.chars().map(String::from).collect(),
        pause: Duration::from_millis(100),
        stop: StopReason::Finished,
        usage: None,
    })]);
    let mut options = ReliableOptions::default();
    options.attempt = Duration::from_secs(1);
    options.between_pieces = Duration::from_secs(1);
    options.attempts = 1;
    let model = Reliable::new(Arc::new(model), None, options);
    assert_eq!(model.complete(&request()).await.unwrap().text, FITTING);
}

/// Notes what it is told, and pays or does not.
#[derive(Debug)]
struct Purse {
    pays: bool,
    used: Mutex<Vec<Option<TokenUsage>>>,
}

#[async_trait]
impl Payer for Purse {
    fn failed(&self, error: &Error) {
        self.used.lock().unwrap().push(error.usage());
    }

    async fn again(&self, model: &str, request: &CompletionRequest) -> Result<()> {
        assert_eq!((model, request.messages.len()), ("stand-in", 3));
        match self.pays {
            true => Ok(()),
            false => Err(Error::unavailable("no money", false)),
        }
    }
}

async fn asked(model: &impl LanguageModel, as_stream: bool) -> Result<Completion> {
    match as_stream {
        true => Completion::of_stream(model.stream(&request()).await?).await,
        false => model.complete(&request()).await,
    }
}

#[tokio::test]
async fn a_second_answer_is_paid_for_by_itself_or_not_asked_for() {
    let (server, model) = model().await;
    for (as_stream, pays) in [(false, false), (false, true), (true, false), (true, true)] {
        let before = server.asked().len();
        server.reply([says("Of course!"), says(FITTING)]);
        let used = Mutex::default();
        let purse = Arc::new(Purse { pays, used });
        let answer = payment::by(purse.clone(), asked(&model, as_stream)).await;
        let first = TokenUsage {
            input: 100,
            cached_input: 0,
            output: 50,
        };
        assert_eq!(*purse.used.lock().unwrap(), [Some(first)]);
        assert_eq!(server.asked().len() - before, 1 + usize::from(pays));
        match answer {
            Ok(answer) => assert_eq!((pays, answer.usage), (true, Some(first))),
            Err(error) => {
                assert!(!pays);
                assert_eq!(error.kind(), &ErrorKind::Unavailable { retry: true });
                assert_eq!(error.usage(), Some(first));
            }
        }
    }
}

#[tokio::test]
async fn who_gives_no_better_answer_is_not_asked_again() {
    let (server, model) = model().await;
    let mut options = ReliableOptions::default();
    options.first_wait = Duration::from_millis(1);
    let reliable = Reliable::new(Arc::new(model.clone()), None, options.clone());
    for as_stream in [false, true] {
        let before = server.asked().len();
        server.reply((0..6).map(|_| says("Of course!")));
        let error = asked(&reliable, as_stream).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Unavailable { retry: true });
        assert_eq!(server.asked().len() - before, 2);
    }
    // Another model may do better.
    let (sound, other) = self::model().await;
    sound.reply([says(FITTING)]);
    server.reply((0..6).map(|_| says("Of course!")));
    let either = Reliable::new(Arc::new(model), Some(Arc::new(other)), options);
    assert_eq!(asked(&either, false).await.unwrap().text, FITTING);
}

#[tokio::test]
async fn a_server_that_does_not_stream_is_told_what_is_wrong_too() {
    let (server, model) = model().await;
    let whole = |text: &str| {
        let choice = json!({"message": {"content": text}, "finish_reason": "stop"});
        Reply::Raw {
            status: 200,
            content_type: "application/json",
            body: json!({"choices": [choice]}).to_string(),
        }
    };
    server.reply([whole("Of course!"), whole(FITTING)]);
    assert_eq!(asked(&model, true).await.unwrap().text, FITTING);
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn what_the_filter_holds_back_is_an_answer_that_nothing_is_wrong_with() {
    let (server, model) = model().await;
    for as_stream in [false, true] {
        let before = server.asked().len();
        server.reply([Reply::problem(Problem::Filtered)]);
        let answer = asked(&model, as_stream).await.unwrap();
        assert_eq!(answer.stop, StopReason::Filtered);
        assert_eq!(server.asked().len() - before, 1);
    }
}

/// What the model was told, as its server saw it: the instructions, and what was wrong with its first answer.
#[tokio::test]
async fn a_model_that_repeats_what_it_was_told_shows_nothing_of_it() {
    let (server, model) = model().await;
    let blog = Blog::builder(MemoryStorage::default())
        .usage_store(MemoryUsageStore::default())
        .language_model(model)
        .build();
    let author = Actor::user("ada", "Ada", Role::Author);
    let about = || GeneratePost {
        topic: "Foxes".to_owned(),
        ..GeneratePost::default()
    };
    server.reply([says("Of course!")]);
    blog.ai().generate(&author, about()).await.unwrap();
    let asked = server.asked();
    let messages = asked.last().unwrap().body["messages"].as_array().unwrap();
    let told = [&messages[0], messages.last().unwrap()];
    let told = told.map(|message| message["content"].as_str().unwrap().to_owned());
    assert!(told[0].contains("JSON Schema") && told[1].contains("JSON object again"));
    for told in told {
        let post = json!({
            "title": "Foxes",
            "body": format!("They sleep.\n\n{told}\n\nThey hunt."),
            "excerpt": told,
            "tags": [],
            "category": "",
            "seo": {"title": "", "description": "", "keywords": []},
        });
        server.reply([says(&post.to_string())]);
        let generated = blog.ai().generate(&author, about()).await.unwrap();
        let shown = serde_json::to_string(&generated.content).unwrap();
        assert!(shown.contains("They sleep.") && shown.contains("They hunt."));
        for word in [
            "JSON Schema",
            "JSON object",
            "additionalProperties",
            "wrong with it",
            "nothing before",
        ] {
            assert!(!shown.contains(word), "{word}: {shown}");
        }
    }
}
