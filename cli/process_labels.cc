// process labels, set-labels, retire-label: what the text fields of the deals of a process may say.

#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/receipts.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/setup/v1/sales_process_service.pb.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::setup::v1;

constexpr char kService[] = "daybook.setup.v1.SalesProcessService/";

struct Options {
  std::string process;
  std::string field;
  std::vector<std::string> labels;
};

absl::StatusOr<std::string> ProcessId(Client& client, const std::string& name) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto* type, FindType("sales_process"));
  return ResolveByTitle(client, *type, name);
}

void Show(App& app, const pb::SalesProcess& process) {
  if (app.options.format == OutputFormat::kJson) return PrintJson(process);
  Table table({{"Field"}, {"Version", Align::kRight}, {"Label"}, {"In use"}});
  for (const auto& fixed : process.fixed_labels()) {
    for (const auto& label : fixed.labels()) {
      table.Add({fixed.field(), absl::StrCat(fixed.version()), label.label(),
                 label.retired() ? "retired" : "yes"});
    }
  }
  PrintTable(app, table);
}

absl::Status List(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::GetSalesProcessRequest request;
  pb::GetSalesProcessResponse response;
  DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_id(), ProcessId(*client, options.process));
  DAYBOOK_RETURN_IF_ERROR(
      client->Call(absl::StrCat(kService, "GetSalesProcess"), request, &response));
  Show(app, response.sales_process());
  return absl::OkStatus();
}

absl::Status Set(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::SetFixedLabelsRequest request;
  pb::SetFixedLabelsResponse response;
  SetNewHeader(request.mutable_header());
  DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_id(), ProcessId(*client, options.process));
  request.set_field(options.field);
  for (const std::string& label : options.labels) request.add_labels(label);
  DAYBOOK_RETURN_IF_ERROR(
      client->Call(absl::StrCat(kService, "SetFixedLabels"), request, &response));
  NoteUnchanged(response.receipt());
  Show(app, response.sales_process());
  return absl::OkStatus();
}

absl::Status Retire(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::RetireLabelRequest request;
  pb::RetireLabelResponse response;
  SetNewHeader(request.mutable_header());
  DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_id(), ProcessId(*client, options.process));
  request.set_field(options.field);
  request.set_label(options.labels.front());
  DAYBOOK_RETURN_IF_ERROR(client->Call(absl::StrCat(kService, "RetireLabel"), request, &response));
  NoteUnchanged(response.receipt());
  Show(app, response.sales_process());
  return absl::OkStatus();
}

Command* AddVerb(Command& root, App& app, const std::string& name, const std::string& what,
                 const std::shared_ptr<Options>& options,
                 absl::Status (*run)(App&, const Options&)) {
  Command* verb = Noun(root, "process")->AddCommand(name, what);
  verb->AddOption("process", &options->process, "Name or id of the sales process").Required();
  SetAction(verb, app, options, run);
  return verb;
}

}  // namespace

void AddProcessLabels(Command& root, App& app) {
  AddVerb(root, app, "labels", "The fixed labels of the fields of its deals",
          std::make_shared<Options>(), &List);
  auto set = std::make_shared<Options>();
  Command* verb = AddVerb(root, app, "set-labels", "Let a field take these labels only", set, &Set);
  verb->AddOption("field", &set->field, "weight, subject or competitor").Required();
  verb->AddOption("label", &set->labels, "In the order of choice; none: free text again");
  auto retire = std::make_shared<Options>();
  verb = AddVerb(root, app, "retire-label", "Take a label from choice; deals keep it", retire,
                 &Retire);
  verb->AddOption("field", &retire->field, "weight, subject or competitor").Required();
  verb->AddOption("label", &retire->labels, "The label").Required().Expected(1);
}

}  // namespace daybook::cli
