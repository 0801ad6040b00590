// status: whether the server is there and well, in one look.

#include <unistd.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "daybook/admin/v1/organisation_service.pb.h"
#include "daybook/log/v1/log_service.pb.h"
#include "daybook/record/v1/view_service.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "fmt/format.h"

namespace daybook::cli {
namespace {

struct Answers {
  admin::v1::GetOrganisationResponse organisation;
  log::v1::GetHeadResponse head;
  record::v1::ListViewsResponse views;
  absl::Duration round_trip;
};

absl::StatusOr<Answers> Ask(Client& client) {
  Answers answers;
  DAYBOOK_RETURN_IF_ERROR(client.Call("daybook.admin.v1.OrganisationService/GetOrganisation",
                                      admin::v1::GetOrganisationRequest(), &answers.organisation));
  DAYBOOK_RETURN_IF_ERROR(client.Call("daybook.record.v1.ViewService/ListViews",
                                      record::v1::ListViewsRequest(), &answers.views));
  const absl::Time start = absl::Now();
  DAYBOOK_RETURN_IF_ERROR(
      client.Call("daybook.log.v1.LogService/GetHead", log::v1::GetHeadRequest(), &answers.head));
  answers.round_trip = absl::Now() - start;
  return answers;
}

absl::Status Run(App& app) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_ASSIGN_OR_RETURN(const Answers answers, Ask(*client));
  const std::string& refusal = answers.head.write_refusal();
  bool healthy = refusal.empty();
  for (const auto& view : answers.views.views()) {
    healthy = healthy && view.state() == record::v1::VIEW_STATE_LIVE;
  }
  if (!healthy) app.exit_code = kExitUnavailable;
  if (app.options.format == OutputFormat::kJson) {
    Print(absl::StrCat("{\"healthy\": ", healthy ? "true" : "false",
                       ", \"organisation\": ", ToJson(answers.organisation.organisation()),
                       ", \"head\": ", ToJson(answers.head), ", \"views\": ", ToJson(answers.views),
                       "}\n"));
    return absl::OkStatus();
  }
  const Style style(UsesColor(app.options.color, STDOUT_FILENO));
  const auto& organisation = answers.organisation.organisation();
  Table table({{"What"}, {"Value"}});
  table.Add({"server", app.options.server});
  table.Add({"organisation", absl::StrCat(organisation.name(), " (", organisation.currency(), ", ",
                                          organisation.zone(), ")")});
  table.Add({"log", answers.head.log_id()});
  table.Add({"incarnation", absl::StrCat(answers.head.incarnation())});
  table.Add({"commands", refusal.empty() ? "taken" : absl::StrCat("NOT TAKEN ", refusal)});
  table.Add({"head", Grouped(static_cast<int64_t>(answers.head.read().position()))});
  table.Add({"root hash", absl::BytesToHexString(answers.head.root_hash())});
  for (const auto& view : answers.views.views()) {
    const bool live = view.state() == record::v1::VIEW_STATE_LIVE;
    table.Add({absl::StrCat("view ", view.name()),
               live ? absl::StrCat("live at ", Grouped(static_cast<int64_t>(view.position())))
                    : absl::StrCat("NOT SERVING ", view.error())});
  }
  table.Add(
      {"round trip", fmt::format("{:.2f} ms", absl::ToDoubleMilliseconds(answers.round_trip))});
  PrintTable(app, table);
  if (app.options.format == OutputFormat::kTable) {
    Print(absl::StrCat("\n", healthy ? style.Green("healthy") : style.Red("not healthy"), "\n"));
  }
  return absl::OkStatus();
}

}  // namespace

void AddStatus(Command& root, App& app) {
  Command* verb = root.AddCommand("status", "Whether the server is there and well");
  verb->SetAction([&app] { return Run(app); });
}

}  // namespace daybook::cli
