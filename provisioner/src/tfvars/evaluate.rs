//! Evaluates expressions as Terraform does in a tfvars file: literals, templates, operators, `for`; no variables and
//! no functions. Knows where each value is written, and bounds its own work: no file makes it run for long.

use std::collections::BTreeMap;

use hcl_edit::expr::{Expression, ForExpr, Object, ObjectKey};
use hcl_edit::template::Element;
use hcl_edit::{Ident, Span as _};

use super::document::{Fault, Span};
use super::operate;
use super::value::{Item, Node, Value};

/// Values that one statement may produce on its way; far more than any real file has.
const LIMIT: usize = 200_000;

/// Bytes that one template may come to.
const TEXT_LIMIT: usize = 65_536;

/// Evaluates the expressions of one statement.
pub(super) struct Evaluator {
    statement: Span,
    produced: usize,
    variables: Vec<(String, Node)>,
    /// Keys that the parser saw under another name, by where they begin in the statement.
    renamed: BTreeMap<usize, String>,
}

impl Evaluator {
    /// For expressions whose positions count from the start of this statement.
    pub(super) fn new(statement: Span, renamed: BTreeMap<usize, String>) -> Self {
        Self { statement, produced: 0, variables: Vec::new(), renamed }
    }

    /// What an expression comes to; a fault stands where a value would.
    pub(super) fn node(&mut self, expression: &Expression) -> Node {
        let span = self.span(expression.span());
        self.produced += 1;
        if self.produced > LIMIT {
            return Node::fault(Fault::new(span, "this takes too much work to evaluate").help("write the values out"));
        }
        match self.value(expression, span) {
            Ok(value) => Node::new(span, value),
            Err(fault) => Node::fault(fault),
        }
    }

    fn value(&mut self, expression: &Expression, span: Span) -> Result<Value, Fault> {
        Ok(match expression {
            Expression::Null(_) => Value::Null,
            Expression::Bool(value) => Value::Bool(*value.as_ref()),
            Expression::Number(number) => operate::finite(number.value().as_f64().unwrap_or(f64::NAN), span)?,
            Expression::String(text) => Value::Text(text.as_str().to_owned()),
            Expression::Array(array) => Value::List(array.iter().map(|element| self.node(element)).collect()),
            Expression::Object(object) => self.object(object, &[]).value,
            Expression::Parenthesis(parenthesis) => self.node(parenthesis.inner()).value,
            Expression::StringTemplate(template) => self.template(template.iter(), span)?,
            Expression::HeredocTemplate(heredoc) => self.template(heredoc.template.iter(), span)?,
            Expression::Variable(name) => self.variable(name, span)?,
            Expression::FuncCall(call) => {
                let name = call.name.name.as_str();
                return Err(Fault::new(span, format!("`{name}` is a function; a tfvars file holds only plain values"))
                    .help("write the value out; Terraform refuses functions here, too"));
            }
            Expression::Conditional(conditional) => {
                let chosen = self.node(&conditional.cond_expr).truth()?;
                self.node(if chosen { &conditional.true_expr } else { &conditional.false_expr }).value
            }
            Expression::UnaryOp(operation) => {
                operate::unary(*operation.operator.value(), &self.node(&operation.expr), span)?
            }
            Expression::BinaryOp(operation) => {
                let (left, right) = (self.node(&operation.lhs_expr), self.node(&operation.rhs_expr));
                operate::binary(&left, *operation.operator.value(), &right, span)?
            }
            Expression::Traversal(traversal) => {
                let mut node = self.node(&traversal.expr);
                for operator in &traversal.operators {
                    let step = operate::Step::new(operator.value(), |index| self.node(index), span)?;
                    node = step.of(node)?;
                }
                node.value
            }
            Expression::ForExpr(expression) => self.for_each(expression, span)?,
        })
    }

    /// The items of an object; only those of the keys in `wanted`, if any are named.
    pub(super) fn object(&mut self, object: &Object, wanted: &[&str]) -> Node {
        let mut items = Vec::new();
        for (key, value) in object {
            let key = self.key(key);
            let skipped = matches!(&key.value, Value::Text(key) if !wanted.contains(&key.as_str()));
            if wanted.is_empty() || !skipped {
                items.push(Item { key, value: self.node(value.expr()) });
            }
        }
        Node::new(self.span(object.span()), Value::Map(items))
    }

    fn key(&mut self, key: &ObjectKey) -> Node {
        if let Some((range, name)) = key.span().and_then(|range| Some((range.clone(), self.renamed.get(&range.start)?)))
        {
            return Node::new(self.span(Some(range)), Value::Text(name.clone()));
        }
        match key {
            ObjectKey::Ident(name) => Node::new(self.span(name.span()), Value::Text(name.as_str().to_owned())),
            // A bare word is a key by its name, also one that is a value elsewhere.
            ObjectKey::Expression(Expression::Null(word)) => {
                Node::new(self.span(word.span()), Value::Text("null".to_owned()))
            }
            ObjectKey::Expression(Expression::Traversal(traversal)) => Node::fault(
                Fault::new(self.span(traversal.span()), "a key with a dot must stand in quotes")
                    .help("write `\"…\" = …`"),
            ),
            ObjectKey::Expression(expression) => {
                let node = self.node(expression);
                match node.text() {
                    Ok(text) => Node::new(node.span, Value::Text(text)),
                    Err(fault) => Node::fault(fault),
                }
            }
        }
    }

    fn template<'a>(&mut self, elements: impl Iterator<Item = &'a Element>, span: Span) -> Result<Value, Fault> {
        let elements: Vec<&Element> = elements.collect();
        // A template that is nothing but one value is that value, not its text.
        if let [Element::Interpolation(only)] = elements[..] {
            return Ok(self.node(&only.expr).value);
        }
        let mut text = String::new();
        for element in elements {
            match element {
                Element::Literal(literal) => text.push_str(literal.as_str()),
                Element::Interpolation(inner) if inner.strip == hcl_edit::template::Strip::None => {
                    text.push_str(&self.node(&inner.expr).text()?);
                }
                Element::Interpolation(_) | Element::Directive(_) => {
                    return Err(Fault::new(span, "`~` and `%{ … }` are not supported here").help("write the text out"));
                }
            }
            if text.len() > TEXT_LIMIT {
                return Err(Fault::new(span, "this text is too long"));
            }
        }
        Ok(Value::Text(text))
    }

    fn variable(&mut self, name: &Ident, span: Span) -> Result<Value, Fault> {
        let Some((_, node)) = self.variables.iter().rev().find(|(known, _)| known == name.as_str()) else {
            let message = format!("`{}` is a variable; a tfvars file holds only plain values", name.as_str());
            let help = format!("if it is meant as text, put it in quotes: \"{}\"", name.as_str());
            return Err(Fault::new(span, message).help(help));
        };
        self.produced += node.size();
        if self.produced > LIMIT {
            return Err(Fault::new(span, "this takes too much work to evaluate").help("write the values out"));
        }
        Ok(node.value.clone())
    }

    fn for_each(&mut self, expression: &ForExpr, span: Span) -> Result<Value, Fault> {
        if expression.grouping {
            return Err(Fault::new(span, "grouping with `...` is not supported here").help("write the values out"));
        }
        let collection = self.node(&expression.intro.collection_expr);
        let (mut nodes, mut items) = (Vec::new(), Vec::new());
        for (key, value) in operate::pairs(collection)? {
            let depth = self.variables.len();
            self.variables.extend(expression.intro.key_var.as_ref().map(|name| (name.as_str().to_owned(), key)));
            self.variables.push((expression.intro.value_var.as_str().to_owned(), value));
            let kept = match &expression.cond {
                Some(condition) => self.node(&condition.expr).truth(),
                None => Ok(true),
            };
            if kept == Ok(true) {
                let key = expression.key_expr.as_ref().map(|key| self.key(&ObjectKey::Expression(key.clone())));
                let value = self.node(&expression.value_expr);
                match key {
                    Some(key) => items.push(Item { key, value }),
                    None => nodes.push(value),
                }
            }
            self.variables.truncate(depth);
            kept?;
        }
        Ok(if expression.key_expr.is_some() { Value::Map(items) } else { Value::List(nodes) })
    }

    fn span(&self, range: Option<std::ops::Range<usize>>) -> Span {
        let Some(range) = range else { return self.statement };
        let start = self.statement.start + range.start;
        Span { document: self.statement.document, start, end: self.statement.start + range.end }
    }
}
