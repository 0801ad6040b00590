#pragma once

#include <memory>
#include <string>

#include "cli/app.h"
#include "cli/client.h"
#include "cli/import/target.h"

namespace daybook::cli {

// The running server as the target of imports. `app` must outlive it.
std::unique_ptr<ImportTarget> NewGrpcTarget(App& app, Client& client);

}  // namespace daybook::cli
