use serde_json::{Value, json};

use super::{Client, wait_for_sync};
use crate::server::{Answer, Server, request, request_with};

/// A post, and the token of somebody who may edit it.
pub(crate) struct Post {
    pub(crate) id: String,
    pub(crate) token: String,
}

impl Post {
    pub(crate) fn create(server: &Server, token: &str) -> Self {
        let content = json!({"title": "News", "body": "first\n", "tags": ["rust"]}).to_string();
        let created = request(&server.address, token, "POST", "/api/posts", &content).unwrap();
        Self {
            id: created.json()["id"].as_str().unwrap().to_owned(),
            token: token.to_owned(),
        }
    }

    /// Clients who come at once, one to each of these addresses, and have the document.
    pub(crate) fn join<'a>(&self, addresses: impl IntoIterator<Item = &'a str>) -> Vec<Client> {
        let addresses: Vec<_> = addresses.into_iter().collect();
        let mut clients: Vec<_> = addresses.iter().map(|_| Client::new()).collect();
        Client::connect_together(&mut clients, addresses, &self.id, &self.token);
        wait_for_sync(&mut clients);
        clients
    }

    pub(crate) fn call(
        &self,
        server: &Server,
        method: &str,
        action: &str,
        headers: &str,
        body: &Value,
    ) -> Answer {
        let path = format!("/api/posts/{}{action}", self.id);
        let (address, body) = (&server.address, body.to_string());
        request_with(address, &self.token, method, &path, headers, &body).unwrap()
    }

    /// The post's head, as JSON.
    pub(crate) fn head(&self, server: &Server) -> Value {
        let head = self.call(server, "GET", "?view=head", "", &Value::Null);
        assert_eq!(head.status, 200, "{}", head.text);
        head.json()
    }

    /// What the post says.
    pub(crate) fn body(&self, server: &Server) -> String {
        self.head(server)["body"].as_str().unwrap().to_owned()
    }

    /// Saves a body over the head of this revision.
    pub(crate) fn patch(&self, server: &Server, revision: &Value, body: &str) -> Answer {
        let headers = format!("if-match: \"{revision}\"\r\n");
        self.call(server, "PATCH", "", &headers, &json!({"body": body}))
    }
}
