// view list: every view with its version, position and health.

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "daybook/record/v1/view_service.pb.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::record::v1;

// Enough to tell two digests apart by eye.
constexpr size_t kDigestDigits = 16;

std::string StateName(pb::ViewState state) {
  switch (state) {
    case pb::VIEW_STATE_LIVE:
      return "live";
    case pb::VIEW_STATE_DETACHED:
      return "detached";
    case pb::VIEW_STATE_BUILDING:
      return "building";
    case pb::VIEW_STATE_RECOVERING:
      return "recovering";
    default:
      return "";
  }
}

absl::Status Run(App& app) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::ListViewsRequest request;
  pb::ListViewsResponse response;
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.record.v1.ViewService/ListViews", request, &response));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  Table table({{"View"},
               {"Version", Align::kRight},
               {"State"},
               {"Position", Align::kRight},
               {"Rows", Align::kRight},
               {"History rows", Align::kRight},
               {"Digest"},
               {"Error"}});
  for (const auto& view : response.views()) {
    table.Add({view.name(), absl::StrCat(view.version()), StateName(view.state()),
               absl::StrCat(view.position()), absl::StrCat(view.current_rows()),
               absl::StrCat(view.history_rows()),
               absl::BytesToHexString(view.digest()).substr(0, kDigestDigits), view.error()});
  }
  PrintTable(app, table);
  return absl::OkStatus();
}

}  // namespace

void AddViewList(Command& root, App& app) {
  Command* verb = Noun(root, "view")->AddCommand("list", "Views with position and health");
  verb->SetAction([&app] { return Run(app); });
}

}  // namespace daybook::cli
