// log tail: the latest events, and with --follow those to come.

#include <CLI/CLI.hpp>

#include "cli/app.h"
#include "cli/events.h"
#include "cli/verbs.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

struct Options {
  std::string aggregate;
  std::string type;
  int64_t after = -1;
  uint64_t lines = 20;
  bool follow = false;
};

absl::Status Run(App& app, const Options& options) {
  log::v1::ReadEventsRequest request;
  if (!options.aggregate.empty()) request.set_aggregate(options.aggregate);
  if (!options.type.empty()) request.set_type(options.type);
  request.set_follow(options.follow);
  if (options.after >= 0) {
    request.set_after_position(static_cast<uint64_t>(options.after));
  } else {
    DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
    log::v1::GetHeadRequest head_request;
    log::v1::GetHeadResponse head;
    DAYBOOK_RETURN_IF_ERROR(client->Call("daybook.log.v1.LogService/GetHead", head_request, &head));
    const uint64_t position = head.read().position();
    request.set_after_position(position > options.lines ? position - options.lines : 0);
  }
  return PrintEvents(app, request);
}

}  // namespace

void AddLogTail(CLI::App& root, App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = Noun(root, "log")->add_subcommand("tail", "The latest events of the log");
  verb->add_option("-n,--lines", options->lines, "Begin so many positions before the end");
  verb->add_option("--after", options->after,
                   "Begin after this position instead; 0: from the first")
      ->check(CLI::NonNegativeNumber);
  verb->add_flag("-f,--follow", options->follow, "Go on with new events until interrupted");
  auto* aggregate =
      verb->add_option("--aggregate", options->aggregate, "Only events of this type of record");
  verb->add_option("--type", options->type, "Only this type of event, for example opportunity.won")
      ->excludes(aggregate);
  verb->callback([options, &app] { app.action = [options, &app] { return Run(app, *options); }; });
}

}  // namespace daybook::cli
