#include "domain/setup/schema_set.h"

#include "absl/strings/str_cat.h"
#include "domain/base/status_macros.h"
#include "domain/record/rules.h"
#include "domain/setup/import_run.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::setup::v1;

}  // namespace

void SchemaSet::Evolve(State& state, const Event& event) {
  switch (event.kind_case()) {
    case Event::kIntroduced:
      state.record = event.introduced().schema_set();
      return;
    case Event::KIND_NOT_SET:
      ImpossibleEvent(kName);
  }
}

std::vector<Claim> SchemaSet::Claims(const State& state) {
  if (state.record.id().empty()) return {};
  return {{"schema-set-number", absl::StrCat(state.record.number()), "number"}};
}

// Nothing when it is known. DUPLICATE_KEY: the id belongs to another set. INVALID_FIELD: number 0,
// a hash that is none.
SchemaSet::Result SchemaSet::Decide(const State& state,
                                    const pb::IntroduceSchemaSetRequest& request,
                                    const Context& context) {
  const pb::SchemaSet& current = state.record;
  if (!current.id().empty() && current.number() == request.number() &&
      current.hash() == request.hash() && current.release() == request.release()) {
    return Nothing<Event>();
  }
  DAYBOOK_RETURN_IF_ERROR(RequireNew(kName, current.id()));
  if (request.number() == 0) return InvalidField("number", "must be above 0");
  if (request.hash().size() != kSha256Bytes) {
    return InvalidField("hash", absl::StrCat("a SHA-256 has ", kSha256Bytes, " bytes, not ",
                                             request.hash().size()));
  }
  Decision<Event> decision;
  auto& set = *decision.Add().mutable_introduced()->mutable_schema_set();
  set.set_id(context.target_id);
  set.set_number(request.number());
  set.set_hash(request.hash());
  set.set_release(request.release());
  return decision;
}

}  // namespace daybook::domain
