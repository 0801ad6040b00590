// log tail: the latest events, and with --follow those to come.

#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/events.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

struct Options {
  std::string aggregate;
  std::string type;
  int64_t after = -1;
  uint64_t lines = 20;
  uint64_t incarnation = 0;  // none: not compared
  bool follow = false;
};

absl::Status Run(App& app, const Options& options) {
  log::v1::ReadEventsRequest request;
  if (!options.aggregate.empty()) request.set_aggregate(options.aggregate);
  if (!options.type.empty()) request.set_type(options.type);
  request.set_follow(options.follow);
  request.set_incarnation(options.incarnation);
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

void AddLogTail(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb = Noun(root, "log")->AddCommand("tail", "The latest events of the log");
  verb->AddOption("-n,--lines", &options->lines, "Begin so many positions before the end");
  verb->AddOption("--after", &options->after,
                  "Begin after this position instead; 0: from the first")
      .NonNegative();
  verb->AddOption("--incarnation", &options->incarnation,
                  "Refuse to go on if the log was restored since: the incarnation that --after is "
                  "from, as status shows it");
  verb->AddFlag("-f,--follow", &options->follow, "Go on with new events until interrupted");
  Option& aggregate =
      verb->AddOption("--aggregate", &options->aggregate, "Only events of this type of record");
  verb->AddOption("--type", &options->type, "Only this type of event, for example opportunity.won")
      .Excludes(aggregate);
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
