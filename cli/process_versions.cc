// process list, show, define, revise, publish: the stages that deals go through, version by
// version. What a stage means never changes: a change is a new version (ADR 41).

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/command_line.h"
#include "cli/files.h"
#include "cli/process_file.h"
#include "cli/receipts.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/setup/v1/sales_process_service.pb.h"
#include "domain/base/status_macros.h"
#include "domain/setup/sales_process.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::setup::v1;

constexpr char kService[] = "daybook.setup.v1.SalesProcessService/";
constexpr size_t kProcessFileBytesMax = 1 << 20;

struct Options {
  std::string process;
  std::string file;
  std::string external_key;
  std::string as_of;
  uint32_t version = 0;
  bool all = false;
  bool toml = false;
};

absl::StatusOr<pb::ProcessVersion> ReadStages(const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::string text,
                           ReadWholeFile(options.file, kProcessFileBytesMax));
  return ParseProcessFile(text, options.file);
}

absl::StatusOr<std::string> ProcessId(Client& client, const std::string& name) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto* type, FindType("sales_process"));
  return ResolveByTitle(client, *type, name);
}

// The versions asked for; without a wish, the one in force and the draft.
std::vector<const pb::ProcessVersion*> Chosen(const pb::SalesProcess& process,
                                              const Options& options) {
  std::vector<const pb::ProcessVersion*> chosen;
  for (const pb::ProcessVersion& version : process.versions()) {
    const uint32_t wanted = options.version != 0 ? options.version : process.published_version();
    if (options.all || version.number() == wanted) chosen.push_back(&version);
  }
  const bool draft = options.version == 0 || options.version == process.draft().number();
  if (process.has_draft() && draft) chosen.push_back(&process.draft());
  return chosen;
}

std::string MappedFrom(const pb::ProcessVersion& version, const std::string& stage) {
  std::vector<std::string> from;
  for (const pb::StageMapping& mapping : version.mapping()) {
    if (mapping.to() == stage) from.push_back(mapping.from());
  }
  return absl::StrJoin(from, ", ");
}

std::string StateOf(const pb::SalesProcess& process, const pb::ProcessVersion& version) {
  if (&version == &process.draft()) return "draft";
  return version.number() == process.published_version() ? "in force" : "former";
}

absl::Status Print(App& app, const pb::SalesProcess& process, const Options& options) {
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(process);
    return absl::OkStatus();
  }
  const auto versions = Chosen(process, options);
  if (versions.empty()) {
    return absl::NotFoundError(absl::StrCat(process.name(), " has no version ", options.version));
  }
  if (options.toml) {
    // What comes next is drawn up from it, so what led into it is left out, unless it is next
    // itself.
    pb::ProcessVersion last = *versions.back();
    if (versions.back() != &process.draft()) last.clear_mapping();
    cli::Print(WriteProcessFile(last));
    return absl::OkStatus();
  }
  Table table({{"Version", Align::kRight},
               {"State"},
               {"Stage"},
               {"Label"},
               {"Probability", Align::kRight},
               {"Mandatory"},
               {"Takes deals from"}});
  std::string warnings;
  for (const pb::ProcessVersion* version : versions) {
    for (const pb::Stage& stage : version->stages()) {
      table.Add({absl::StrCat(version->number()), StateOf(process, *version), stage.id(),
                 stage.label(), PercentOf(stage.probability()),
                 absl::StrJoin(stage.mandatory_field(), ", "), MappedFrom(*version, stage.id())});
    }
    if (version != &process.draft()) continue;
    for (const std::string& warning : version->warnings()) {
      absl::StrAppend(&warnings, "\nwarning: ", warning);
    }
  }
  PrintTable(app, table);
  if (app.options.format == OutputFormat::kTable && !warnings.empty()) {
    cli::Print(absl::StrCat(warnings, "\n"));
  }
  return absl::OkStatus();
}

absl::Status Show(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::GetSalesProcessRequest request;
  pb::GetSalesProcessResponse response;
  DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_id(), ProcessId(*client, options.process));
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.as_of, request.mutable_header()));
  DAYBOOK_RETURN_IF_ERROR(
      client->Call(absl::StrCat(kService, "GetSalesProcess"), request, &response));
  return Print(app, response.sales_process(), options);
}

absl::Status List(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::ListSalesProcessesRequest request;
  request.set_order_by("name");
  request.set_page_size(1000);
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.as_of, request.mutable_header()));
  pb::ListSalesProcessesResponse all;
  do {
    pb::ListSalesProcessesResponse page;
    DAYBOOK_RETURN_IF_ERROR(
        client->Call(absl::StrCat(kService, "ListSalesProcesses"), request, &page));
    request.set_page_token(page.next_page_token());
    all.MergeFrom(page);
    all.clear_next_page_token();
  } while (!request.page_token().empty());
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(all);
    return absl::OkStatus();
  }
  Table table(
      {{"Process"}, {"In force", Align::kRight}, {"Draft", Align::kRight}, {"Stages"}, {"Id"}});
  for (const pb::SalesProcess& process : all.sales_processes()) {
    const auto* shown = domain::FindVersion(process, process.published_version());
    if (shown == nullptr) shown = &process.draft();
    table.Add({process.name(),
               process.published_version() == 0 ? "" : absl::StrCat(process.published_version()),
               process.has_draft() ? absl::StrCat(process.draft().number()) : "",
               domain::StageIds(*shown), process.id()});
  }
  PrintTable(app, table);
  return absl::OkStatus();
}

absl::Status Define(App& app, const Options& options) {
  pb::DefineSalesProcessRequest request;
  pb::DefineSalesProcessResponse response;
  DAYBOOK_ASSIGN_OR_RETURN(pb::ProcessVersion version, ReadStages(options));
  if (version.mapping_size() > 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.file, ": a new process has no deals yet that a mapping could move"));
  }
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  SetNewHeader(request.mutable_header());
  request.set_name(options.process);
  request.set_external_key(options.external_key);
  request.mutable_stages()->Swap(version.mutable_stages());
  DAYBOOK_RETURN_IF_ERROR(
      client->Call(absl::StrCat(kService, "DefineSalesProcess"), request, &response));
  NoteUnchanged(response.receipt());
  return Print(app, response.sales_process(), options);
}

absl::Status Revise(App& app, const Options& options) {
  pb::ReviseSalesProcessRequest request;
  pb::ReviseSalesProcessResponse response;
  DAYBOOK_ASSIGN_OR_RETURN(pb::ProcessVersion version, ReadStages(options));
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  SetNewHeader(request.mutable_header());
  DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_id(), ProcessId(*client, options.process));
  request.mutable_stages()->Swap(version.mutable_stages());
  request.mutable_mapping()->Swap(version.mutable_mapping());
  DAYBOOK_RETURN_IF_ERROR(
      client->Call(absl::StrCat(kService, "ReviseSalesProcess"), request, &response));
  NoteUnchanged(response.receipt());
  return Print(app, response.sales_process(), options);
}

absl::Status Publish(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::PublishSalesProcessRequest request;
  pb::PublishSalesProcessResponse response;
  SetNewHeader(request.mutable_header());
  DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_id(), ProcessId(*client, options.process));
  DAYBOOK_RETURN_IF_ERROR(
      client->Call(absl::StrCat(kService, "PublishSalesProcess"), request, &response));
  NoteUnchanged(response.receipt());
  return Print(app, response.sales_process(), options);
}

}  // namespace

void AddProcessVersions(Command& root, App& app) {
  Command* noun = Noun(root, "process");
  const auto add = [&](const std::string& name, const std::string& what,
                       const std::shared_ptr<Options>& options,
                       absl::Status (*action)(App&, const Options&)) {
    Command* verb = noun->AddCommand(name, what);
    SetAction(verb, app, options, action);
    return verb;
  };
  const char* as_of = "What was known then: a day (its end), an instant or a position";
  auto options = std::make_shared<Options>();
  Command* verb = add("list", "All sales processes", options, &List);
  verb->AddOption("--as-of", &options->as_of, as_of);

  options = std::make_shared<Options>();
  verb = add("show", "The stages of the version in force, and of the draft", options, &Show);
  verb->AddOption("process", &options->process, "Name or id").Required();
  Option& version = verb->AddOption("--version", &options->version, "This version instead")
                        .Range(1, domain::kProcessVersionsMax);
  verb->AddFlag("--all", &options->all, "All versions").Excludes(version);
  verb->AddFlag("--toml", &options->toml,
                "The draft, or the version, as a file for define, revise");
  verb->AddOption("--as-of", &options->as_of, as_of);

  const char* file = "TOML: [[stage]] id, label, probability, mandatory; see process show --toml";
  options = std::make_shared<Options>();
  verb = add("define", "A new process, with its first version as a draft", options, &Define);
  verb->AddOption("name", &options->process, "Its name").Required();
  verb->AddOption("file", &options->file, file).Required();
  verb->AddOption("--external-key", &options->external_key, "<source>:<key>");

  options = std::make_shared<Options>();
  verb = add("revise", "Draw up the next version: stages, and where deals go from those that go",
             options, &Revise);
  verb->AddOption("process", &options->process, "Name or id").Required();
  verb->AddOption("file", &options->file, absl::StrCat(file, "; [[mapping]] from, to").c_str())
      .Required();

  options = std::make_shared<Options>();
  verb = add("publish", "Put the draft in force for new deals; process migrate moves the others",
             options, &Publish);
  verb->AddOption("process", &options->process, "Name or id").Required();
}

}  // namespace daybook::cli
