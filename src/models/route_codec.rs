//! The *route codec* turns route clusters into bytes and back, bit by bit.
//!
//! `codec` calls it. What is decoded fits the shape that the file promises and has trees whose
//! children come after their parents, so predicting with it cannot fail and ends.

use std::collections::BTreeMap;

use super::bytes::{Malformed, Reader, Writer};
use super::chooser::{Chooser, ChooserNode};
use super::codec::{Shape, pair_table, write_pair_table};
use super::imputation::Imputation;
use super::route_cluster::{Route, RouteCluster};

/// Appends route clusters.
pub(super) fn write_routes(out: &mut Writer, model: &RouteCluster) {
    out.f32s(&model.imputation.medians);
    write_pair_table(out, &model.medians);
    out.count(model.routes.len());
    for (pair, routes) in &model.routes {
        out.text(pair);
        out.count(routes.len());
        for Route { track, chooser } in routes {
            out.f64s(track);
            out.count(chooser.nodes.len());
            chooser.nodes.iter().for_each(|node| write_node(out, node));
        }
    }
}

fn write_node(out: &mut Writer, node: &ChooserNode) {
    match node {
        ChooserNode::Split { column, threshold, right } => {
            out.u8(1);
            out.count(*column);
            out.f64s([threshold]);
            out.count(*right);
        }
        ChooserNode::Leaf { share } => {
            out.u8(0);
            out.f64s([share]);
        }
    }
}

/// Reads route clusters whose targets lie side by side.
pub(super) fn read_routes(input: &mut Reader<'_>, shape: Shape) -> Result<RouteCluster, Malformed> {
    let imputation = Imputation { medians: input.f32s(shape.n_columns, "medians")? };
    let medians = pair_table(input, shape)?;
    let n_pairs = input.count(16, "the number of pairs with routes")?;
    let mut routes = BTreeMap::new();
    for _ in 0..n_pairs {
        let pair = input.text("a pair with routes")?.to_owned();
        let n_routes = input.count(8, "the number of routes")?;
        let of_pair = (0..n_routes).map(|_| {
            let track = input.f64s(shape.n_targets, "a route")?;
            Ok(Route { track, chooser: read_chooser(input, shape.n_columns)? })
        });
        routes.insert(pair, of_pair.collect::<Result<_, Malformed>>()?);
    }
    if routes.len() == n_pairs {
        Ok(RouteCluster { imputation, medians, routes })
    } else {
        Err(Malformed("a pair with routes that is there twice"))
    }
}

fn read_chooser(input: &mut Reader<'_>, n_columns: usize) -> Result<Chooser, Malformed> {
    let wrong = Malformed("a node of a tree");
    let n_nodes = input.count(9, "the number of nodes")?;
    let mut nodes = Vec::with_capacity(n_nodes);
    for at in 0..n_nodes {
        let number = |input: &mut Reader<'_>| input.f64s(1, wrong.0).map(|read| read[0]);
        nodes.push(match input.u8(wrong.0)? {
            0 => ChooserNode::Leaf { share: number(input)? },
            1 => {
                let column = usize::try_from(input.u64(wrong.0)?).map_err(|_| wrong)?;
                let threshold = number(input)?;
                let right = usize::try_from(input.u64(wrong.0)?).map_err(|_| wrong)?;
                if column >= n_columns || right <= at + 1 || right >= n_nodes {
                    return Err(wrong);
                }
                ChooserNode::Split { column, threshold, right }
            }
            _ => return Err(wrong),
        });
    }
    if nodes.is_empty() { Err(wrong) } else { Ok(Chooser { nodes }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPLIT: ChooserNode = ChooserNode::Split { column: 1, threshold: 0.5, right: 2 };
    const LEAF: ChooserNode = ChooserNode::Leaf { share: 0.25 };

    fn read(nodes: &[ChooserNode]) -> Result<Chooser, Malformed> {
        let mut out = Writer::default();
        out.count(nodes.len());
        nodes.iter().for_each(|node| write_node(&mut out, node));
        read_chooser(&mut Reader(&out.0), 2)
    }

    #[test]
    fn a_tree_comes_back_as_it_was() {
        let nodes = [SPLIT, LEAF, LEAF];
        assert_eq!(read(&nodes).unwrap().nodes, nodes);
    }

    #[test]
    fn a_tree_that_could_lead_nowhere_is_refused() {
        let split =
            |column: usize, right: usize| ChooserNode::Split { column, threshold: 0.5, right };
        for nodes in [
            vec![],
            vec![SPLIT],
            vec![SPLIT, LEAF],
            vec![split(2, 2), LEAF, LEAF],
            vec![split(1, 0), LEAF, LEAF],
            vec![split(1, 1), LEAF, LEAF],
            vec![split(1, 3), LEAF, LEAF],
            vec![ChooserNode::Leaf { share: f64::NAN }],
        ] {
            assert!(read(&nodes).is_err(), "{nodes:?}");
        }
    }
}
