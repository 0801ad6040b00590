#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/base/time.h"
#include "domain/fields/shape.h"
#include "services/grpc_status.h"
#include "services/rpc.h"
#include "services/rpc_answer.h"
#include "services/rpc_call.h"

namespace daybook::services {
namespace {

using google::protobuf::Message;

struct PendingQuery {
  UnaryCallPtr call;
  QueryFn answer;
  Principal principal;
  // What the header asks for.
  std::optional<eventstore::LogPosition> as_of;
  eventstore::LogPosition wait_for = 0;
};
using PendingQueryPtr = std::shared_ptr<PendingQuery>;

const rpc::v1::ReadHeader& HeaderOf(const Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByNumber(1);
  return static_cast<const rpc::v1::ReadHeader&>(
      request.GetReflection()->GetMessage(request, field));
}

absl::StatusOr<std::optional<eventstore::LogPosition>> ResolveAsOf(
    const rpc::v1::ReadHeader& header, const Deps& deps) {
  switch (header.as_of_case()) {
    case rpc::v1::ReadHeader::kAsOfPosition: {
      const eventstore::LogPosition head = deps.store.GetHead().position;
      if (header.as_of_position() > head) {
        return Reject(rpc::v1::REASON_AS_OF_IN_FUTURE,
                      absl::StrCat("header.as_of_position ", header.as_of_position(),
                                   " lies beyond the head of the log, ", head),
                      {{"head", absl::StrCat(head)}});
      }
      return header.as_of_position();
    }
    case rpc::v1::ReadHeader::kAsOfTime: {
      const auto time = FromProto(header.as_of_time());
      if (!time.ok()) return InvalidField("header.as_of_time", time.status().message());
      const absl::Time now = deps.clock.Now();
      if (*time > now) {
        return Reject(rpc::v1::REASON_AS_OF_IN_FUTURE,
                      absl::StrCat("header.as_of_time ", FormatInstant(*time),
                                   " lies in the future; it is ", FormatInstant(now)),
                      {{"now", FormatInstant(now)}});
      }
      DAYBOOK_ASSIGN_OR_RETURN(const auto position, deps.store.PositionAt(*time));
      return position;
    }
    case rpc::v1::ReadHeader::AS_OF_NOT_SET:
      return std::nullopt;
  }
  return std::nullopt;
}

// What the header asks for. The search for the position of a time reads the log, so it is nothing
// for a network thread.
absl::Status Resolve(PendingQuery& query) {
  const rpc::v1::ReadHeader& header = HeaderOf(query.call->request());
  DAYBOOK_ASSIGN_OR_RETURN(query.as_of, ResolveAsOf(header, query.call->deps()));
  query.wait_for = std::max(query.as_of.value_or(0), header.min_position());
  return absl::OkStatus();
}

absl::Status Prepare(PendingQuery& query) {
  UnaryCall& call = *query.call;
  if (call.late()) {
    return Reject(rpc::v1::REASON_DEADLINE_EXCEEDED, "the deadline passed before the query began");
  }
  DAYBOOK_ASSIGN_OR_RETURN(query.principal, AuthenticateCall(*call.rpc(), call.deps()));
  DAYBOOK_RETURN_IF_ERROR(
      CheckAccess(query.principal, call.deps(), *call.request().GetDescriptor()));
  DAYBOOK_RETURN_IF_ERROR(domain::CheckShape(call.request()));
  const rpc::v1::ReadHeader& header = HeaderOf(call.request());
  if (header.as_of_case() != rpc::v1::ReadHeader::kAsOfTime) return Resolve(query);
  return absl::OkStatus();
}

absl::Status Answer(const PendingQuery& query) {
  const UnaryCall& call = *query.call;
  const Deps& deps = call.deps();
  std::unique_ptr<projections::Snapshot> snapshot;
  if (query.as_of.has_value()) {
    DAYBOOK_ASSIGN_OR_RETURN(snapshot, deps.views.AsOf(*query.as_of));
  } else {
    snapshot = deps.views.Now();
  }
  std::optional<Query::StandsAt> stands_at;
  DAYBOOK_RETURN_IF_ERROR(query.answer(Query{*snapshot, query.principal, deps, stands_at}));
  if (!stands_at.has_value()) stands_at = {snapshot->position(), snapshot->recorded_at()};
  FillReadPosition(stands_at->position, stands_at->recorded_at, call.response());
  return absl::OkStatus();
}

void Run(const PendingQueryPtr& query) {
  if (query->call->late()) {
    return query->call->Finish(
        Reject(rpc::v1::REASON_DEADLINE_EXCEEDED, "the deadline passed before the query began"));
  }
  query->call->Finish(Answer(*query));
}

// A key that was revoked while the call waited opens nothing.
void RunAfterWait(const PendingQueryPtr& query) {
  const absl::Status known = AuthenticateCall(*query->call->rpc(), query->call->deps()).status();
  if (!known.ok()) return query->call->Finish(known);
  Run(query);
}

// Answers once the views are where the header asks for. Light ones on this thread.
void Serve(const PendingQueryPtr& query, QueryCost cost) {
  const Deps& deps = query->call->deps();
  if (query->wait_for <= deps.views.applied()) {
    if (cost == QueryCost::kLight) {
      Run(query);
    } else if (!deps.pool.Submit([query] { Run(query); })) {
      query->call->Finish(Overloaded("workers"));
    }
    return;
  }
  const auto go_on = [query](absl::Status status) {
    if (!status.ok()) return query->call->Finish(status);
    if (!query->call->deps().pool.Continue([query] { RunAfterWait(query); })) {
      query->call->Finish(Overloaded("workers"));
    }
  };
  const uint64_t wait = deps.views.WaitFor(query->wait_for, query->call->deadline(), go_on);
  // A wait ends with its call, not with its deadline.
  if (wait != 0) {
    query->call->WhenCancelled([&views = deps.views, wait] { views.CancelWait(wait); });
  }
}

// On a worker: finds the position of the time that the header names, then answers.
void ServeAtTime(const PendingQueryPtr& query) {
  if (const absl::Status resolved = Resolve(*query); !resolved.ok()) {
    return query->call->Finish(resolved);
  }
  Serve(query, QueryCost::kLight);
}

}  // namespace

absl::StatusOr<std::unique_ptr<projections::Snapshot>> OpenPast(const Query& query,
                                                                absl::string_view field,
                                                                const rpc::v1::ReadHeader& header) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto position, ResolveAsOf(header, query.deps));
  if (!position.has_value()) {
    return InvalidField(absl::StrCat(field, ".as_of"), "name the moment to compare with");
  }
  return query.deps.views.AsOf(*position);
}

Reactor* ServeQuery(Rpc* rpc, const Deps& deps, const Message& request, Message* response,
                    QueryCost cost, QueryFn answer) {
  return ServeQuery(
      rpc, deps, request, response, [cost] { return cost; }, std::move(answer));
}

Reactor* ServeQuery(Rpc* rpc, const Deps& deps, const Message& request, Message* response,
                    WeighFn weigh, QueryFn answer) {
  auto query = std::make_shared<PendingQuery>();
  query->call = UnaryCall::Begin(rpc, deps, request, response);
  query->answer = std::move(answer);
  Reactor* reactor = query->call->reactor();
  const absl::Status prepared = Prepare(*query);
  if (!prepared.ok()) {
    query->call->Finish(prepared);
    return reactor;
  }
  const QueryCost cost = weigh();
  if (HeaderOf(request).as_of_case() != rpc::v1::ReadHeader::kAsOfTime) {
    Serve(query, cost);
  } else if (!deps.pool.Submit([query] { ServeAtTime(query); })) {
    query->call->Finish(Overloaded("workers"));
  }
  return reactor;
}

}  // namespace daybook::services
