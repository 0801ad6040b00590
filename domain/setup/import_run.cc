#include "domain/setup/import_run.h"

#include "absl/strings/str_cat.h"
#include "domain/base/status_macros.h"
#include "domain/record/presence.h"
#include "domain/record/rules.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::setup::v1;

bool SameResult(const pb::ImportRun& run, const pb::FinishImportRunRequest& request) {
  return run.rows_applied() == request.rows_applied() &&
         run.rows_unchanged() == request.rows_unchanged() &&
         run.rows_rejected() == request.rows_rejected() && run.commands() == request.commands();
}

}  // namespace

void ImportRun::Evolve(State& state, const Event& event) {
  switch (event.kind_case()) {
    case Event::kStarted:
      state.record = event.started().import_run();
      DAYBOOK_ZERO_IF_ABSENT(rows, &state.record);
      DAYBOOK_ZERO_IF_ABSENT(rows_applied, &state.record);
      DAYBOOK_ZERO_IF_ABSENT(rows_unchanged, &state.record);
      DAYBOOK_ZERO_IF_ABSENT(rows_rejected, &state.record);
      DAYBOOK_ZERO_IF_ABSENT(commands, &state.record);
      return;
    case Event::kFinished:
      state.record.set_state(pb::IMPORT_RUN_STATE_FINISHED);
      state.record.set_rows_applied(event.finished().rows_applied());
      state.record.set_rows_unchanged(event.finished().rows_unchanged());
      state.record.set_rows_rejected(event.finished().rows_rejected());
      state.record.set_commands(event.finished().commands());
      return;
    case Event::KIND_NOT_SET:
      ImpossibleEvent(kName);
  }
}

std::vector<Claim> ImportRun::Claims(const State&) { return {}; }

// Nothing when the same run is running already. DUPLICATE_KEY: another run has the id.
// INVALID_FIELD: blank name, a hash that is none.
ImportRun::Result ImportRun::Decide(const State& state, const pb::StartImportRunRequest& request,
                                    const Context& context) {
  pb::ImportRun run;
  run.set_id(context.target_id);
  run.set_plan_name(request.plan_name());
  run.set_plan_hash(request.plan_hash());
  run.set_rows(request.rows());
  run.set_backfill(request.backfill());
  run.set_state(pb::IMPORT_RUN_STATE_RUNNING);
  const pb::ImportRun& current = state.record;
  if (current.state() == run.state() && current.plan_name() == run.plan_name() &&
      current.plan_hash() == run.plan_hash() && current.rows() == run.rows() &&
      current.backfill() == run.backfill()) {
    return Nothing<Event>();
  }
  DAYBOOK_RETURN_IF_ERROR(RequireNew(kName, current.id()));
  DAYBOOK_RETURN_IF_ERROR(RequireText("plan_name", run.plan_name()));
  if (!run.plan_hash().empty() && run.plan_hash().size() != kSha256Bytes) {
    return InvalidField("plan_hash", absl::StrCat("a SHA-256 has ", kSha256Bytes, " bytes, not ",
                                                  run.plan_hash().size()));
  }
  Decision<Event> decision;
  *decision.Add().mutable_started()->mutable_import_run() = std::move(run);
  return decision;
}

// NOT_FOUND. Nothing when finished with this result. ILLEGAL_TRANSITION: finished with another one.
ImportRun::Result ImportRun::Decide(const State& state, const pb::FinishImportRunRequest& request,
                                    const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  if (state.record.state() == pb::IMPORT_RUN_STATE_FINISHED) {
    if (SameResult(state.record, request)) return Nothing<Event>();
    return IllegalTransition(kName, "FINISHED", "RUNNING", "start a new run");
  }
  Decision<Event> decision;
  auto& finished = *decision.Add().mutable_finished();
  finished.set_rows_applied(request.rows_applied());
  finished.set_rows_unchanged(request.rows_unchanged());
  finished.set_rows_rejected(request.rows_rejected());
  finished.set_commands(request.commands());
  return decision;
}

}  // namespace daybook::domain
