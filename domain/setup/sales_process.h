#pragma once

// The stages deals go through, in numbered versions. Defined with a draft; publishing puts the
// draft in force and makes it a version that never changes: deals keep the version they were opened
// with, so history keeps its meaning. Rules for a draft: 1 to kStagesMax stages; ids are stable
// names, unique; labels unique; probabilities above 0 and below 1; mandatory fields are opportunity
// fields that can be set while a deal is open. A stage of the version in force that the next one
// has not is mapped to one that it has, so that deals under way can follow; the outcomes are the
// same in all processes. Names are unique. Fixed labels of text fields are no part of a version:
// they hold for what is written from then on.

#include <string>
#include <vector>

#include "daybook/sales/v1/opportunity.pb.h"
#include "daybook/setup/v1/sales_process_events.pb.h"
#include "daybook/setup/v1/sales_process_service.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

inline constexpr int kStagesMax = 50;
inline constexpr int kMandatoryFieldsMax = 20;
// Published ones. All of them stand in the record, which has to fit a message; so bytes count too.
inline constexpr int kProcessVersionsMax = 100;
// Of a process with its draft: beyond that it is not revised any more.
inline constexpr size_t kProcessBytesMax = 1 << 20;
// Of one field, retired ones included.
inline constexpr int kFixedLabelsMax = 200;

struct SalesProcess {
  static constexpr absl::string_view kName = "sales_process";
  using Record = setup::v1::SalesProcess;
  struct State {
    Record record;
  };
  using Event = setup::v1::SalesProcessEvent;
  using Result = absl::StatusOr<Decision<Event>>;
  using DefineRequest = setup::v1::DefineSalesProcessRequest;
  using ReviseRequest = setup::v1::ReviseSalesProcessRequest;
  using PublishRequest = setup::v1::PublishSalesProcessRequest;

  static void Evolve(State& state, const Event& event);
  // "sales-process-name" and "sales_process-external-key".
  static std::vector<Claim> Claims(const State& state);

  static Result Decide(const State&, const DefineRequest&, const Context&);
  static Result Decide(const State&, const ReviseRequest&, const Context&);
  static Result Decide(const State&, const PublishRequest&, const Context&);
  // sales_process_labels.cc
  static Result Decide(const State&, const setup::v1::SetFixedLabelsRequest&, const Context&);
  static Result Decide(const State&, const setup::v1::RetireLabelRequest&, const Context&);
};

// Null when the process has no such version.
const setup::v1::ProcessVersion* FindVersion(const setup::v1::SalesProcess& process,
                                             uint32_t number);
// Null when the version has no such stage.
const setup::v1::Stage* FindStage(const setup::v1::ProcessVersion& version, absl::string_view id);
// Where a deal in a stage of an earlier version stands in the version in force, by the mappings of
// all versions between. MISSING_REQUIRED_FOR_STATE when no mapping leads there.
absl::StatusOr<const setup::v1::Stage*> StageInForce(const setup::v1::SalesProcess& process,
                                                     uint32_t version, absl::string_view stage);
// "new, qualified, offer": what a refusal lists.
std::string StageIds(const setup::v1::ProcessVersion& version);

// Whether a field of a deal has a value: present, not empty, not 0. False for unknown paths.
bool IsSet(const sales::v1::Opportunity& deal, absl::string_view path);
// MISSING_REQUIRED_FOR_STATE for the first mandatory field of the stage that the deal lacks.
absl::Status CheckMandatory(const setup::v1::Stage& stage, const sales::v1::Opportunity& deal);

// INVALID_FIELD when a text of the deal is none of the labels that its field is fixed to. Empty
// texts pass.
absl::Status CheckFixedLabels(const setup::v1::SalesProcess& process,
                              const sales::v1::Opportunity& deal);

}  // namespace daybook::domain
