// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import dev.howdah.kube.KubeException;
import java.util.Locale;

/// What a person may do about a write that the API server refuses, or doesn't answer, while it
/// answers everything else.
final class Advice {
  private Advice() {}

  static String about(KubeException e, String namespace) {
    String said = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    if (said.contains("webhook")) {
      return "mend the webhook that it names, or delete its configuration";
    }
    if (said.contains("exceeded quota")) {
      return "raise the quota, or free what uses it up: kubectl describe quota -n " + namespace;
    }
    return switch (e.code()) {
      case 0 ->
          "everything else is answered, so look for a webhook that hangs: kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations";
      case 403 ->
          "allow it: permissions of the operator, Pod Security of the namespace, or an admission policy forbid it";
      case 429 ->
          "it was asked to be patient about this alone; look for a webhook, a flow schema or a disruption budget that holds it up";
      default -> e.code() >= 500 ? "the log of the API server says more" : "";
    };
  }
}
