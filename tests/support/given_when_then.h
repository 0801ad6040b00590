#pragma once

// The shape of every decider test: given what happened, when a command comes, then these events, a
// refusal, or nothing.
//
//   Scenario("user").Exists("unit", "id: '...'").Given("created { ... }")
//       .When<pb::DeactivateUserRequest>("").Then({"deactivated {}"});
//
// A scenario sees what the engine would give the decider and no more: the records that `lookup`
// fields of the request name, and those that Gather asks for. Accepted events become part of what
// was given, so commands can follow one another. Every fold is done twice, on the state and on a
// bare record, and must give the same.

#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "domain/registry.h"
#include "tests/support/proto_matchers.h"

namespace daybook::testing {

// UUIDs for tests: Id(1), Id(2) ...
std::string Id(int number);

class Scenario {
 public:
  // The record is Id(1); now is noon of 1 March 2026 in Berlin; the currency is EUR.
  explicit Scenario(absl::string_view aggregate);

  // One event that happened to the record, in text format.
  Scenario& Given(absl::string_view event);
  // Another record, in text format; replaces the one with the same id.
  Scenario& Exists(absl::string_view aggregate, absl::string_view record);
  Scenario& Target(absl::string_view id);
  // Recorded and business time of the next commands, RFC 3339.
  Scenario& At(absl::string_view instant);
  // Business time alone.
  Scenario& EffectiveAt(absl::string_view instant);
  Scenario& SecretPrefix(absl::string_view prefix);

  template <class Request>
  Scenario& When(absl::string_view request) {
    return When(Proto<Request>(request));
  }
  Scenario& When(const google::protobuf::Message& request);

  Scenario& Then(std::initializer_list<absl::string_view> events);
  Scenario& ThenNothing();
  // With these values in the metadata.
  Scenario& ThenRejected(Reason reason, std::map<std::string, std::string> metadata = {});
  // The record now.
  Scenario& ThenRecord(absl::string_view record);
  // kind=value of each claim, in order.
  Scenario& ThenClaims(std::initializer_list<absl::string_view> claims);

  const google::protobuf::Message& record() const { return state_->record(); }
  template <class Record>
  const Record& As() const {
    return static_cast<const Record&>(state_->record());
  }
  const absl::Status& status() const { return status_; }
  const domain::EventList& events() const { return events_; }

 private:
  void Apply(const google::protobuf::Message& event);

  const domain::AggregateType* type_;
  std::unique_ptr<domain::AnyState> state_;
  std::unique_ptr<google::protobuf::Message> bare_;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<google::protobuf::Message>> world_;
  domain::Context context_;
  int made_ids_ = 0;
  absl::Status status_;
  domain::EventList events_;
};

// One row of a table of refusals: what, the request, and how it is answered.
struct Refusal {
  absl::string_view what;
  absl::string_view request;
  Reason reason;
  absl::string_view field;  // the metadata value "field"; empty: not looked at
};

// Sends the request of each row to a copy of the scenario that `make` sets up.
template <class Request>
void ExpectRefusals(const std::function<Scenario()>& make, std::initializer_list<Refusal> rows) {
  for (const Refusal& row : rows) {
    SCOPED_TRACE(std::string(row.what));
    Scenario scenario = make();
    std::map<std::string, std::string> metadata;
    if (!row.field.empty()) metadata["field"] = std::string(row.field);
    scenario.When<Request>(row.request).ThenRejected(row.reason, metadata);
  }
}

}  // namespace daybook::testing
