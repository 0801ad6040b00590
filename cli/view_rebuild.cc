// view rebuild: builds a view anew from the log beside the live one and switches to it.

#include <grpcpp/grpcpp.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/record/v1/view_service.grpc.pb.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::record::v1;

absl::Status Run(App& app, const std::string& view) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  const auto stub = pb::ViewService::NewStub(client->channel());
  grpc::ClientContext context;
  client->Authorize(&context);
  pb::RebuildViewRequest request;
  request.set_view(view);
  const auto reader = stub->RebuildView(&context, request);
  Progress progress(absl::StrCat("rebuilding ", view), "events");
  const absl::Time start = absl::Now();
  pb::RebuildViewResponse last;
  pb::RebuildViewResponse message;
  while (reader->Read(&message)) {
    last = message;
    progress.Update(message.position(), message.target_position());
  }
  progress.Finish();
  DAYBOOK_RETURN_IF_ERROR(FromGrpc(reader->Finish(), app.options.server));
  if (!last.done()) {
    return absl::UnavailableError(
        "the server ended the progress report before the rebuild was done");
  }
  if (!last.digests_equal()) app.exit_code = kExitDamaged;
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(last);
    return absl::OkStatus();
  }
  Print(absl::StrCat(
      view, " rebuilt from ", Grouped(static_cast<int64_t>(last.position())), " events in ",
      HumanDuration(absl::Now() - start), "; digest ", absl::BytesToHexString(last.digest()), ", ",
      last.digests_equal() ? "equal to the one it replaces" : "DIFFERENT from the one it replaces",
      "\n"));
  return absl::OkStatus();
}

}  // namespace

void AddViewRebuild(Command& root, App& app) {
  auto view = std::make_shared<std::string>();
  Command* verb =
      Noun(root, "view")->AddCommand("rebuild", "Build a view anew beside the live one, switch");
  verb->AddOption("view", view.get(), "Name of the view (daybook view list)").Required();
  SetAction(verb, app, view, &Run);
}

}  // namespace daybook::cli
