// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.instance.server.ServerContext;
import dev.howdah.kube.Json;
import java.util.stream.Collectors;

/// The answer to `/pg/controldata`.
final class ControlDataReport {
  private ControlDataReport() {}

  static ObjectNode of(ServerContext context) throws InterruptedException {
    var control = context.programs().controlData(context.data().path());
    return Json.object()
        .put(
            "data",
            control.raw().entrySet().stream()
                .map(field -> field.getKey() + ": " + field.getValue())
                .collect(Collectors.joining("\n", "", "\n")));
  }
}
