//! Lists of the services that speak Query: a form is posted, pages of XML come back. EC2 has a dialect of its own.

use platform::aws::Fault;
use serde_json::Value;

use super::endpoint::Service;
use super::failure::{another_page, nonsense};
use super::missed::{Missed, Subject};
use super::signed::{Request, Signed, encoded};
use super::xml::{Element, Field, list};

/// A service, and how it is asked for lists.
pub(super) struct Api {
    pub(super) service: &'static Service,
    pub(super) version: &'static str,
    /// The parameter, and the element, that names the next page.
    pub(super) token: &'static str,
}

/// A list that a service can be asked for.
pub(super) struct Listing {
    pub(super) api: &'static Api,
    pub(super) operation: &'static str,
    /// As policies name it.
    pub(super) action: &'static str,
    pub(super) in_xml: &'static str,
    pub(super) fields: &'static [Field],
}

/// Names and values of a form.
pub(super) type Parameters = Vec<(String, String)>;

impl Listing {
    /// All of the list, page by page.
    pub(super) async fn ask(
        &self,
        signed: &Signed,
        parameters: &Parameters,
        subject: &Subject,
    ) -> Result<Vec<Value>, Missed> {
        let (mut found, mut token) = (Vec::new(), None);
        loop {
            let answer = signed.call(self.request(parameters, token.as_deref())).await;
            let answer = answer.map_err(subject.fault(self.action))?;
            let (items, next) = self.page(&answer.body).map_err(|fault| subject.fault(self.action)(fault))?;
            found.extend(items);
            token = another_page(token.as_ref(), next).map_err(|fault| subject.fault(self.action)(fault))?;
            if token.is_none() {
                return Ok(found);
            }
        }
    }

    fn request(&self, parameters: &Parameters, token: Option<&str>) -> Request {
        let fixed = [("Action", self.operation), ("Version", self.api.version)];
        let given = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let all = fixed.into_iter().chain(given).chain(token.map(|token| (self.api.token, token)));
        let form: Vec<String> = all.map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        Request {
            service: self.api.service,
            operation: self.operation,
            method: "POST",
            path: "/".to_owned(),
            headers: vec![("content-type", "application/x-www-form-urlencoded; charset=utf-8".to_owned())],
            body: form.join("&"),
        }
    }

    /// What is on a page, and the token of the next one. All but EC2 put both into one more element.
    fn page(&self, body: &str) -> Result<(Vec<Value>, Option<String>), Fault> {
        let answer = Element::parse(body).map_err(|error| nonsense(error.to_string()))?;
        let answer = answer.child(&format!("{}Result", self.operation)).unwrap_or(&answer);
        let items = answer.child(self.in_xml).ok_or_else(|| nonsense(format!("there is no {} in it", self.in_xml)))?;
        let token = answer.child(self.api.token).map(|token| token.text.clone()).filter(|token| !token.is_empty());
        Ok((list(items, self.fields), token))
    }
}
