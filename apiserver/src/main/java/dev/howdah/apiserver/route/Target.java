// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.route;

import dev.howdah.apiserver.request.RequestInfo;
import dev.howdah.apiserver.write.Call;

/// A request about a resource, after who sent it and which type it is about are known.
record Target(RequestInfo request, Call call) {}
