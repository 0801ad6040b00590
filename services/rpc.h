#pragma once

// The pipelines that every method goes through: the one place that knows the order of the steps.
//   command: admit -> deadline -> authenticate -> shape -> engine (stored answer, access, load,
//   decide, append) -> respond query:   authenticate -> header (min_position, as_of) -> wait ->
//   access -> snapshot -> answer -> read position
// No gRPC thread ever blocks: commands and long reads run on the worker pool, waiting is done by
// callbacks.

#include <functional>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/deps.h"

namespace grpc {
class CallbackServerContext;
class ServerContextBase;
class ServerUnaryReactor;
}  // namespace grpc

namespace daybook::services {

using Rpc = ::grpc::CallbackServerContext;
using Reactor = ::grpc::ServerUnaryReactor;

// Carries out a command. `request` has a CommandHeader as field 1 and the record's id as field 2;
// `response` a Receipt as field 1 and the resource as field 2, both filled by field number.
Reactor* ServeCommand(Rpc* rpc, const Deps& deps, const google::protobuf::Message& request,
                      google::protobuf::Message* response);

// The same for methods that add something to the call before it runs, or to the response before it
// is sent.
struct CommandHooks {
  std::function<absl::Status(CommandCall&)> before;
  std::function<void(const CommandAnswer&)> after;  // not called for replayed answers
};
Reactor* ServeCommand(Rpc* rpc, const Deps& deps, const google::protobuf::Message& request,
                      google::protobuf::Message* response, CommandHooks hooks);

// What a query works on.
struct Query {
  const projections::Snapshot& snapshot;
  const Principal& principal;
  const Deps& deps;
  // Where the answer stands when that is not the snapshot's position: later pages stand where the
  // first one did.
  struct StandsAt {
    eventstore::LogPosition position = 0;
    absl::Time recorded_at;
  };
  std::optional<StandsAt>& stands_at;
};
// Light: point reads and few rows, answered on the network thread. Heavy: on the worker pool.
enum class QueryCost { kLight, kHeavy };
using QueryFn = std::function<absl::Status(const Query&)>;

// Answers a query. `request` has a ReadHeader as field 1, `response` a ReadPosition.
Reactor* ServeQuery(Rpc* rpc, const Deps& deps, const google::protobuf::Message& request,
                    google::protobuf::Message* response, QueryCost cost, QueryFn answer);
// The same where the cost depends on the request. `weigh` is called once, before `answer`, on the
// network thread, for callers that are known; both may hold what they share.
using WeighFn = std::function<QueryCost()>;
Reactor* ServeQuery(Rpc* rpc, const Deps& deps, const google::protobuf::Message& request,
                    google::protobuf::Message* response, WeighFn weigh, QueryFn answer);

// The standard methods, by field name: GetX {id, field_mask} -> {read, x}; ListX {filter, order_by,
// page_size, page_token, field_mask} -> {read, repeated x, next_page_token}.
Reactor* ServeGet(Rpc* rpc, const Deps& deps, const google::protobuf::Message& request,
                  google::protobuf::Message* response);
Reactor* ServeList(Rpc* rpc, const Deps& deps, const google::protobuf::Message& request,
                   google::protobuf::Message* response);

// Light, unless records of the type have fields to compute.
QueryCost WeighGet(const Deps& deps, absl::string_view aggregate);

// Steps that streaming methods share with the pipelines above.
absl::StatusOr<Principal> AuthenticateCall(const grpc::ServerContextBase& context,
                                           const Deps& deps);
absl::Time DeadlineOf(const grpc::ServerContextBase& context, const Deps& deps);

// For queries that compare two moments: the views at the past moment that a header of its own names
// (`field` is its path). INVALID_FIELD without as_of; AS_OF_IN_FUTURE.
absl::StatusOr<std::unique_ptr<projections::Snapshot>> OpenPast(const Query& query,
                                                                absl::string_view field,
                                                                const rpc::v1::ReadHeader& header);

// For queries: one record, or NOT_FOUND.
absl::StatusOr<std::unique_ptr<google::protobuf::Message>> ReadRecord(
    const Query& query, absl::string_view aggregate, absl::string_view id,
    const std::vector<std::string>& field_mask);
// The same, serialized: without a mask and personal values the bytes of the row as they are.
absl::StatusOr<std::string> ReadSerialized(const Query& query, absl::string_view aggregate,
                                           absl::string_view id,
                                           const std::vector<std::string>& field_mask);

// A list as the request's fields ask for it.
struct ListArguments {
  absl::string_view aggregate;
  absl::string_view filter;
  absl::string_view order_by;
  int page_size = 0;
  absl::string_view page_token;
  absl::string_view
      question;  // PageQuestion of sealed_cursor.h, where the token comes from outside
  std::vector<std::string> field_mask;
};
// The page holds its records serialized. The answer then stands where the page does.
absl::StatusOr<projections::ListPage> ReadList(const Query& query, const ListArguments& arguments);

}  // namespace daybook::services
