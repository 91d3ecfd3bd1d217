//! Flights that others read: the bytes of one machine, whoever reads them in whatever order; and
//! nothing at all if what arrives is not what comes out here.

use std::path::PathBuf;

use traj::config::{Layer, Loaded};
use traj::features::{
    Arrived, FeaturesError, FeaturesInputs, FeaturesPaths, FeaturesSummary, FlightReader, Take,
    features_elsewhere, read_flight,
};
use traj::flight::Recipe;
use traj::problem::{Class, Problem as _};
use traj::progress::{Progress, Silent};
use traj::tables::CatalogRow;

use crate::resuming::{indexed, names, restore, tables, tables_of_index};
use crate::world::World;

/// What a reader does with the flights that it was asked for, in batches.
type Deal = fn(Vec<Arrived>) -> Vec<Vec<Arrived>>;

/// Reads flights as it should, and hands them over as a test wants it.
struct Reader<'a> {
    root: PathBuf,
    loaded: &'a Loaded,
    recipe: Recipe,
    deal: Deal,
}

impl FlightReader for Reader<'_> {
    fn read(
        &mut self,
        flights: &[&CatalogRow],
        take: Take<'_>,
        _: &dyn Progress,
    ) -> Result<(), FeaturesError> {
        let read = |(at, row): (usize, &&CatalogRow)| {
            // All that another machine is told.
            let (path, bytes) = (row.path.clone(), row.bytes);
            let told = CatalogRow { path, bytes, mtime_ns: row.mtime_ns, ..CatalogRow::default() };
            let source = &self.loaded.sources[0];
            Arrived { at, outcome: read_flight(&self.root, &told, source, &self.recipe) }
        };
        let arrived = flights.iter().enumerate().map(read).collect();
        (self.deal)(arrived).into_iter().try_for_each(|batch| take("somebody", batch))
    }
}

fn read_by(world: &World, deal: Deal) -> Result<FeaturesSummary, FeaturesError> {
    let config = world.path("traj.toml");
    let loaded = Loaded::new(vec![Layer::read(&config).unwrap()], Some(&config)).unwrap();
    let paths = FeaturesPaths {
        checkpoint: world.path("data-index/checkpoint"),
        ..FeaturesPaths::of_part(
            &world.path("data-index"),
            world.path("data-index/catalog.parquet"),
        )
    };
    let root = &loaded.config.data.root;
    let inputs = FeaturesInputs {
        root,
        sources: &loaded.sources,
        features: &loaded.config.features,
        targets: &loaded.config.targets,
        select: &loaded.config.select,
        config_hash: loaded.features_hash(),
        part: None,
        paths,
    };
    let recipe = inputs.features.recipe(inputs.targets);
    let mut reader = Reader { root: root.clone(), loaded: &loaded, recipe, deal };
    features_elsewhere(&inputs, &mut reader, &Silent)
}

#[test]
fn flights_make_the_same_tables_in_whatever_batches_they_come() {
    let world = indexed(40);
    let index = tables_of_index(&world);
    let deals: [Deal; 3] = [
        |all| vec![all],
        |all| all.into_iter().rev().map(|flight| vec![flight]).collect(),
        |mut all| {
            let rest = all.split_off(7);
            vec![rest, all]
        },
    ];
    let mut made = Vec::new();
    for deal in deals {
        restore(&world, &index);
        let summary = read_by(&world, deal).unwrap();
        assert_eq!((summary.selected, summary.read_files), (40, 40));
        assert!(!names(&world).contains("checkpoint"));
        made.push(tables(&world));
    }
    assert!(made[0] == made[1] && made[0] == made[2]);
    // The stamps hold the folder's name, so the command has to know it by the same one.
    restore(&world, &index);
    world.traj(&format!("features --config {}", world.path("traj.toml").display())).exits(3);
    assert!(made[0] == tables(&world));
}

#[test]
fn what_arrives_wrongly_is_refused_and_nothing_is_kept() {
    let world = indexed(40);
    world.traj("features").exits(3);
    let before = tables(&world);
    world.edit("traj.toml", |text| text.replace("[features]\n", "[features]\nmin_rows = 3\n"));
    let cases: [(&str, Deal); 7] = [
        ("read here, it is another", |mut all| {
            all[0].outcome[20] ^= 1;
            vec![all]
        }),
        // A bit of a flight that is no sample by its number, but alone in its batch.
        ("read here, it is another", |mut all| {
            all[33].outcome[20] ^= 1;
            let rest = all.split_off(33);
            vec![all, rest]
        }),
        ("it came twice", |all| vec![all.clone(), all]),
        ("1 of 40 flights that were to be read elsewhere never came", |mut all| {
            all.pop();
            vec![all]
        }),
        ("with it came flights that nobody asked for", |mut all| {
            all[3].at = 40;
            vec![all]
        }),
        // One that is not read here as well.
        ("its bytes are no flight", |mut all| {
            all[2].outcome.pop();
            vec![all]
        }),
        ("its bytes are no flight", |mut all| {
            all[2].outcome.clear();
            vec![all]
        }),
    ];
    for (reason, deal) in cases {
        let refused = read_by(&world, deal).unwrap_err();
        assert!(refused.to_string().contains(reason), "{refused}");
        assert_eq!(refused.class(), Class::Damaged);
        assert!(tables(&world) == before, "{reason}");
        assert!(!names(&world).contains("checkpoint"), "{reason}");
    }
}

#[test]
fn a_file_that_only_the_other_cannot_read_is_no_refused_flight() {
    let world = indexed(12);
    // The flights are here, but the reader looks into an empty folder.
    let refused = read_by(&world, |all| {
        let nowhere = tempfile::tempdir().unwrap();
        let config = r#"
            [[source]]
            name = "flights"
            [source.columns]
            time = "timestamp"
            longitude = "longitude"
            latitude = "latitude"
        "#;
        let loaded = Loaded::new(vec![Layer::parse("test", config).unwrap()], None).unwrap();
        let recipe = loaded.config.features.recipe(&loaded.config.targets);
        let row = CatalogRow { path: "gone.csv".to_owned(), ..CatalogRow::default() };
        let gone = read_flight(nowhere.path(), &row, &loaded.sources[0], &recipe);
        let mut all = all;
        all[5].outcome = gone;
        vec![all]
    });
    let refused = refused.unwrap_err();
    assert!(refused.to_string().contains("read here, it is another"), "{refused}");
}
