// field define, revise, retire, reactivate: the custom fields of record types.

#include <functional>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/field_text.h"
#include "cli/receipts.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/setup/v1/field_catalog_service.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/fields/custom.h"
#include "google/protobuf/util/message_differencer.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::setup::v1;

constexpr char kService[] = "daybook.setup.v1.FieldCatalogService/";

struct Options {
  std::string record_type;
  std::string name;
  std::string kind, label, description, lookup;
  std::vector<std::string> choices, retire_choices;
  bool personal = false;
  bool unique = false;
  bool covering = false;
  std::string required;  // yes, no
  uint32_t max_bytes = 0;
  std::string min, max;
  // Of lookups and rollups.
  std::string show, rollup, relation, pick, by, filter, of, currency_mode, currency;
  bool subtree = false;
};

template <class Request>
Request NewRequest(const Options& options) {
  Request request;
  SetNewHeader(request.mutable_header());
  request.set_record_type(options.record_type);
  return request;
}

// Numbers as they are stored: decimals by 10^9, amounts in minor units.
absl::Status SetBound(absl::string_view option, const std::string& text,
                      const std::function<void(int64_t)>& set) {
  if (text.empty()) return absl::OkStatus();
  int64_t number = 0;
  if (!absl::SimpleAtoi(text, &number)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--", option, ": a whole number; of decimals times 10^9, of amounts in minor units"));
  }
  set(number);
  return absl::OkStatus();
}

// "gold=Gold partner" or "gold".
void AddChoice(const std::string& text, bool retired, pb::FieldDefinition* definition) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(absl::string_view(text), absl::MaxSplits('=', 1));
  pb::FieldChoice* choice = nullptr;
  for (auto& known : *definition->mutable_choices()) {
    if (ToAbsl(known.code()) == parts.first) choice = &known;
  }
  if (choice == nullptr) choice = definition->add_choices();
  choice->set_code(std::string(parts.first));
  if (!parts.second.empty()) choice->set_label(std::string(parts.second));
  choice->set_retired(retired);
}

void SetText(const std::string& text, std::string* field) {
  if (!text.empty()) *field = text;
}

// What is not named stays as it is: a revised rule comes with its parts.
absl::Status SetLookup(const Options& options, pb::LookupRule* rule) {
  SetText(options.relation, rule->mutable_relation());
  SetText(options.show, rule->mutable_field());
  SetText(options.by, rule->mutable_by());
  SetText(options.filter, rule->mutable_filter());
  if (options.pick.empty()) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const auto pick, ParseEnumOption("pick", "LOOKUP_PICK_", options.pick,
                                                            &pb::LookupPick_Parse));
  rule->set_pick(pick);
  return absl::OkStatus();
}

absl::Status SetRollup(const Options& options, pb::RollupRule* rule) {
  SetText(options.relation, rule->mutable_relation());
  SetText(options.of, rule->mutable_field());
  SetText(options.filter, rule->mutable_filter());
  SetText(options.currency, rule->mutable_currency());
  if (options.subtree) rule->set_subtree(true);
  if (!options.rollup.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(
        const auto operation,
        ParseEnumOption("rollup", "ROLLUP_OPERATION_", options.rollup, &pb::RollupOperation_Parse));
    rule->set_operation(operation);
  }
  if (!options.currency_mode.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(
        const auto mode, ParseEnumOption("currency-mode", "CURRENCY_MODE_", options.currency_mode,
                                         &pb::CurrencyMode_Parse));
    rule->set_currency_mode(mode);
  }
  return absl::OkStatus();
}

absl::Status SetRule(const Options& options, pb::FieldDefinition* definition) {
  if (!options.show.empty() || definition->has_lookup_rule()) {
    DAYBOOK_RETURN_IF_ERROR(SetLookup(options, definition->mutable_lookup_rule()));
  }
  if (!options.rollup.empty() || definition->has_rollup_rule()) {
    return SetRollup(options, definition->mutable_rollup_rule());
  }
  return absl::OkStatus();
}

absl::Status SetDefinition(const Options& options, pb::FieldDefinition* definition) {
  if (!options.label.empty()) definition->set_label(options.label);
  if (!options.description.empty()) definition->set_description(options.description);
  if (!options.required.empty()) definition->set_required(options.required == "yes");
  if (options.max_bytes != 0) definition->set_max_bytes(options.max_bytes);
  DAYBOOK_RETURN_IF_ERROR(
      SetBound("min", options.min, [&](int64_t least) { definition->set_min(least); }));
  DAYBOOK_RETURN_IF_ERROR(
      SetBound("max", options.max, [&](int64_t most) { definition->set_max(most); }));
  for (const auto& choice : options.choices) AddChoice(choice, false, definition);
  for (const auto& choice : options.retire_choices) AddChoice(choice, true, definition);
  return SetRule(options, definition);
}

template <class Response>
absl::Status ShowResult(App& app, const Response& response) {
  NoteUnchanged(response.receipt());
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  PrintTable(app, CatalogTable({response.field_catalog()}));
  return absl::OkStatus();
}

absl::Status Define(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  auto request = NewRequest<pb::DefineFieldRequest>(options);
  pb::FieldDefinition& definition = *request.mutable_definition();
  definition.set_name(options.name);
  definition.set_personal(options.personal);
  definition.set_unique(options.unique);
  definition.set_covering(options.covering);
  definition.set_lookup(options.lookup);
  if (!options.kind.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(
        const auto kind,
        ParseEnumOption("kind", "CUSTOM_FIELD_KIND_", options.kind, &pb::CustomFieldKind_Parse));
    definition.set_kind(kind);
  }
  DAYBOOK_RETURN_IF_ERROR(SetDefinition(options, &definition));
  pb::DefineFieldResponse response;
  DAYBOOK_RETURN_IF_ERROR(client->Call(absl::StrCat(kService, "DefineField"), request, &response));
  return ShowResult(app, response);
}

// What is not named stays as it is.
absl::Status Revise(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_ASSIGN_OR_RETURN(const auto catalog, FetchCatalog(*client, options.record_type));
  auto request = NewRequest<pb::ReviseFieldRequest>(options);
  pb::FieldDefinition& definition = *request.mutable_definition();
  definition.set_name(options.name);
  pb::FieldDefinition before = definition;
  for (const auto& known : catalog.fields()) {
    if (known.name() == options.name) before = definition = known;
  }
  DAYBOOK_RETURN_IF_ERROR(SetDefinition(options, &definition));
  for (const char* part : {"label", "description", "required", "max_bytes", "min", "max", "choices",
                           "lookup_rule", "rollup_rule"}) {
    google::protobuf::util::MessageDifferencer differ;
    const auto* field = pb::FieldDefinition::descriptor()->FindFieldByName(part);
    if (!differ.CompareWithFields(before, definition, {field}, {field})) {
      request.mutable_update_mask()->add_paths(part);
    }
  }
  if (request.update_mask().paths().empty()) {
    return absl::InvalidArgumentError("say what is to change: --label, --choice, --required ...");
  }
  pb::ReviseFieldResponse response;
  DAYBOOK_RETURN_IF_ERROR(client->Call(absl::StrCat(kService, "ReviseField"), request, &response));
  return ShowResult(app, response);
}

template <class Request, class Response>
absl::Status Send(App& app, const Options& options, absl::string_view method) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  auto request = NewRequest<Request>(options);
  request.set_name(options.name);
  Response response;
  DAYBOOK_RETURN_IF_ERROR(client->Call(absl::StrCat(kService, method), request, &response));
  return ShowResult(app, response);
}

absl::Status Retire(App& app, const Options& options) {
  return Send<pb::RetireFieldRequest, pb::RetireFieldResponse>(app, options, "RetireField");
}

absl::Status Reactivate(App& app, const Options& options) {
  return Send<pb::ReactivateFieldRequest, pb::ReactivateFieldResponse>(app, options,
                                                                       "ReactivateField");
}

void AddNames(Command* verb, Options* options) {
  verb->AddOption("type", &options->record_type,
                  "Type of record, for example account; of deal lines opportunity_line")
      .Required();
  verb->AddOption("name", &options->name, "The field: small letters, digits, underscores")
      .Required();
}

void AddChanges(Command* verb, Options* options) {
  verb->AddOption("--label", &options->label, "The name people read");
  verb->AddOption("--description", &options->description, "What it is for");
  verb->AddOption("--choice", &options->choices, "A value of a choice: CODE or CODE=LABEL");
  verb->AddOption("--retire-choice", &options->retire_choices, "A value that is not offered again");
  verb->AddOption("--required", &options->required, "Whether records must have it")
      .OneOf({"yes", "no"});
  verb->AddOption("--max-bytes", &options->max_bytes, "Of texts and notes");
  verb->AddOption("--min", &options->min,
                  "Least value; decimals times 10^9, amounts in minor units");
  verb->AddOption("--max", &options->max, "Highest value, written as --min");
  verb->AddOption("--relation", &options->relation,
                  "Of lookups and rollups: account_id, or opportunity.account_id");
  verb->AddOption("--show", &options->show, "Lookup: the field of the related record");
  verb->AddOption("--pick", &options->pick, "Lookup over several records: only, first, last");
  verb->AddOption("--by", &options->by, "Lookup: the field that picks the first or the last");
  verb->AddOption("--rollup", &options->rollup,
                  "count, sum, min, max, average, distinct-count over the related records");
  verb->AddOption("--of", &options->of, "Rollup: the field of the related records");
  verb->AddOption("--where", &options->filter, "Which related records count: a filter");
  verb->AddOption("--currency-mode", &options->currency_mode, "Rollup of amounts: same, only");
  verb->AddOption("--currency", &options->currency, "Rollup of amounts in one currency");
  verb->AddFlag("--subtree", &options->subtree, "Rollup: also over the records below");
}

}  // namespace

void AddFieldVerbs(Command& root, App& app) {
  Command* noun = Noun(root, "field");
  auto options = std::make_shared<Options>();
  Command* verb = noun->AddCommand("define", "Adds a custom field to a record type");
  AddNames(verb, options.get());
  verb->AddOption("--kind", &options->kind,
                  "text, note, boolean, integer, decimal, money, date, instant, reference, choice");
  verb->AddFlag("--personal", &options->personal, "Tells something about a person: sealed");
  verb->AddFlag("--unique", &options->unique, "Kind text: only one record may have a value");
  verb->AddFlag("--covering", &options->covering,
                "Its index holds whole records: for long lists that are walked by this field");
  verb->AddOption("--lookup", &options->lookup, "Kind reference: the type it refers to");
  AddChanges(verb, options.get());
  SetAction(verb, app, options, &Define);

  options = std::make_shared<Options>();
  verb = noun->AddCommand("revise", "Changes the definition of a custom field");
  AddNames(verb, options.get());
  AddChanges(verb, options.get());
  SetAction(verb, app, options, &Revise);

  options = std::make_shared<Options>();
  verb = noun->AddCommand("retire", "Hides a custom field");
  AddNames(verb, options.get());
  SetAction(verb, app, options, &Retire);

  options = std::make_shared<Options>();
  verb = noun->AddCommand("reactivate", "Takes a custom field out of retirement");
  AddNames(verb, options.get());
  SetAction(verb, app, options, &Reactivate);
}

}  // namespace daybook::cli
