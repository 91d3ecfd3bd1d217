//! Clients that speak the engine's language and want more than they may have.

use std::sync::Arc;
use std::time::Duration;

use ballista_core::extension::SessionConfigExt as _;
use ballista_core::serde::BallistaLogicalExtensionCodec;
use ballista_core::serde::protobuf::execute_query_params::Query;
use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use ballista_core::serde::protobuf::{
    ExecuteQueryParams, GetJobStatusParams, execute_query_result, job_status,
};
use ballista_core::version::insert_version_header;
use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::{Expr, Volatility, create_udf, lit};
use datafusion::prelude::{CsvReadOptions, DataFrame, SessionConfig, SessionContext};
use datafusion_proto::logical_plan::AsLogicalPlan as _;
use datafusion_proto::protobuf::LogicalPlanNode;
use tonic::Request;
use tonic::transport::Endpoint;

use crate::services::{Cluster, long_world};

/// What becomes of a query that a client of the right version hands over: `done`, or why not.
async fn ask(cluster: &Cluster, query: DataFrame) -> String {
    let endpoint = Endpoint::from_shared(format!("http://{}", cluster.address)).unwrap();
    let endpoint = endpoint.user_agent(format!("traj/{}", env!("CARGO_PKG_VERSION"))).unwrap();
    let mut scheduler = SchedulerGrpcClient::new(endpoint.connect().await.unwrap());
    let plan = query.into_unoptimized_plan();
    let codec = BallistaLogicalExtensionCodec::default();
    let mut bytes = Vec::new();
    LogicalPlanNode::try_from_logical_plan(&plan, &codec).unwrap().try_encode(&mut bytes).unwrap();
    let mut request = Request::new(ExecuteQueryParams {
        query: Some(Query::LogicalPlan(bytes)),
        settings: Vec::new(),
        session_id: "hostile".to_owned(),
        operation_id: "hostile".to_owned(),
    });
    insert_version_header(request.metadata_mut());
    let answer = match scheduler.execute_query(request).await {
        Ok(answer) => answer.into_inner(),
        Err(status) => return status.message().to_owned(),
    };
    let job_id = match answer.result {
        Some(execute_query_result::Result::Success(taken)) => taken.job_id,
        other => return format!("{other:?}"),
    };
    loop {
        let asked = GetJobStatusParams { job_id: job_id.clone() };
        let status = scheduler.get_job_status(asked).await.unwrap().into_inner().status;
        match status.and_then(|status| status.status) {
            Some(job_status::Status::Failed(failed)) => return failed.error,
            Some(job_status::Status::Successful(_)) => return "done".to_owned(),
            _ => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// A query of one row, with a function that only workers have.
fn call(session: &SessionContext, name: &str, arguments: Vec<Expr>) -> DataFrame {
    let types = arguments.iter().map(|argument| match argument {
        Expr::Literal(value, _) => value.data_type(),
        _ => DataType::Utf8,
    });
    let never = Arc::new(|_: &[_]| unreachable!("it is called elsewhere"));
    let result = DataType::LargeBinary;
    let function = create_udf(name, types.collect(), result, Volatility::Volatile, never);
    let row = session.read_empty().unwrap();
    row.select(vec![function.call(arguments).alias("result")]).unwrap()
}

#[test]
fn no_plan_makes_a_worker_read_what_is_not_its_business() {
    let world = long_world();
    let cluster = Cluster::start(&world, 1);
    world.write("secret.csv", "secret\n1\n");
    let secret = world.path("secret.csv").to_string_lossy().into_owned();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let session = SessionContext::new_with_config(SessionConfig::new_with_ballista());
        let file = session.read_csv(&secret, CsvReadOptions::default()).await.unwrap();
        let answer = ask(&cluster, file).await;
        assert!(answer.contains("is not in the shared folder"), "{answer}");

        let order = r#"{"traj_version":"0.0.0","config":""}"#;
        let flight = |path: &str, order: &str| {
            vec![lit(path), lit(9_u64), lit(9_i64), lit("flights"), lit(order)]
        };
        let other = call(&session, "traj_flight_features", flight("a.csv", order));
        let answer = ask(&cluster, other).await;
        assert!(answer.contains("the order is of traj 0.0.0"), "{answer}");

        let order = format!(
            r#"{{"traj_version":"{}","config":"","tables":"../..","config_hash":null}}"#,
            env!("CARGO_PKG_VERSION")
        );
        for path in ["../secret.csv", &secret] {
            let out = call(&session, "traj_flight_features", flight(path, &order));
            let answer = ask(&cluster, out).await;
            assert!(answer.contains("a path leads out of the data folder"), "{answer}");
        }
        let out = call(&session, "traj_fits", vec![lit("1/1"), lit(&*order)]);
        let answer = ask(&cluster, out).await;
        assert!(answer.contains("the tables are not in the shared folder"), "{answer}");

        // Not even the engine's own functions are there.
        let chance = session.sql("SELECT random() AS result").await.unwrap();
        let answer = ask(&cluster, chance).await;
        assert!(answer.contains("random"), "{answer}");
    });
}
