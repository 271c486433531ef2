//! Operators, and steps into lists and maps, on values that are known.

use hcl_edit::expr::{BinaryOperator, Expression, TraversalOperator, UnaryOperator};

use super::document::{Fault, Span};
use super::value::{Node, Value};

/// A number, if it is one.
pub(super) fn finite(number: f64, span: Span) -> Result<Value, Fault> {
    let number = Some(number).filter(|number| number.is_finite());
    number.map(Value::Number).ok_or_else(|| Fault::new(span, "the result is not a number"))
}

/// `-x` or `!x`.
pub(super) fn unary(operator: UnaryOperator, operand: &Node, span: Span) -> Result<Value, Fault> {
    match operator {
        UnaryOperator::Neg => finite(-operand.number()?, span),
        UnaryOperator::Not => operand.truth().map(|value| Value::Bool(!value)),
    }
}

/// `x + y` and the like.
pub(super) fn binary(left: &Node, operator: BinaryOperator, right: &Node, span: Span) -> Result<Value, Fault> {
    use BinaryOperator::{And, Div, Eq, Greater, GreaterEq, Less, LessEq, Minus, Mod, Mul, NotEq, Or, Plus};
    let numbers = || Ok((left.number()?, right.number()?));
    let truths = || Ok((left.truth()?, right.truth()?));
    match operator {
        Eq => same(left, right).map(Value::Bool),
        NotEq => same(left, right).map(|same| Value::Bool(!same)),
        And => truths().map(|(a, b)| Value::Bool(a && b)),
        Or => truths().map(|(a, b)| Value::Bool(a || b)),
        LessEq => numbers().map(|(a, b)| Value::Bool(a <= b)),
        GreaterEq => numbers().map(|(a, b)| Value::Bool(a >= b)),
        Less => numbers().map(|(a, b)| Value::Bool(a < b)),
        Greater => numbers().map(|(a, b)| Value::Bool(a > b)),
        Plus => numbers().and_then(|(a, b)| finite(a + b, span)),
        Minus => numbers().and_then(|(a, b)| finite(a - b, span)),
        Mul => numbers().and_then(|(a, b)| finite(a * b, span)),
        Div => numbers().and_then(|(a, b)| finite(a / b, span)),
        Mod => numbers().and_then(|(a, b)| finite(a % b, span)),
    }
}

/// Whether two values are the same; where they are written does not matter.
fn same(left: &Node, right: &Node) -> Result<bool, Fault> {
    Ok(match (&left.value, &right.value) {
        (Value::Fault(fault), _) | (_, Value::Fault(fault)) => return Err(fault.as_ref().clone()),
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Number(a), Value::Number(b)) => a.total_cmp(b).is_eq() || (a - b).abs() == 0.0,
        (Value::Text(a), Value::Text(b)) => a == b,
        (Value::List(_) | Value::Map(_), Value::List(_) | Value::Map(_)) => {
            return Err(Fault::new(left.span, "lists and maps are not compared here").help("write the result out"));
        }
        _ => false,
    })
}

/// The keys and values that a `for` walks through.
pub(super) fn pairs(collection: Node) -> Result<Vec<(Node, Node)>, Fault> {
    let span = collection.span;
    match collection.value {
        Value::List(nodes) => Ok(nodes
            .into_iter()
            .enumerate()
            // The index is small: the list is in memory.
            .map(|(index, node)| (Node::new(span, Value::Text(index.to_string())), node))
            .collect()),
        Value::Map(items) => Ok(items.into_iter().map(|item| (item.key, item.value)).collect()),
        _ => collection_fault(&collection),
    }
}

fn collection_fault<T>(collection: &Node) -> Result<T, Fault> {
    collection.list()?;
    Err(Fault::new(collection.span, "a list or a map is needed here"))
}

/// One `.name` or `[index]`.
pub(super) struct Step {
    index: Node,
}

impl Step {
    /// A step as it is written; an index is evaluated by `evaluate`.
    pub(super) fn new(
        operator: &TraversalOperator,
        evaluate: impl FnOnce(&Expression) -> Node,
        span: Span,
    ) -> Result<Self, Fault> {
        let index = match operator {
            TraversalOperator::GetAttr(name) => Node::new(span, Value::Text(name.as_str().to_owned())),
            TraversalOperator::LegacyIndex(index) => Node::new(span, Value::Text(index.value().to_string())),
            TraversalOperator::Index(expression) => evaluate(expression),
            TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => {
                return Err(Fault::new(span, "a splat is not supported here").help("write the values out"));
            }
        };
        Ok(Self { index })
    }

    /// What is there.
    pub(super) fn of(self, node: Node) -> Result<Node, Fault> {
        let Self { index } = self;
        let name = index.text()?;
        match node.value {
            Value::List(mut nodes) => match name.parse::<usize>().ok().filter(|at| *at < nodes.len()) {
                Some(at) => Ok(nodes.swap_remove(at)),
                None => Err(Fault::new(index.span, format!("there is no element {name}"))),
            },
            Value::Map(items) => items
                .into_iter()
                .rev()
                .find(|item| matches!(&item.key.value, Value::Text(key) if *key == name))
                .map(|item| item.value)
                .ok_or_else(|| Fault::new(index.span, format!("there is no `{name}` in it"))),
            _ => collection_fault(&node),
        }
    }
}
