// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import dev.howdah.api.admission.ResourceAdmission;
import dev.howdah.api.admission.Ruling;
import dev.howdah.api.finding.Finding;
import dev.howdah.api.rules.DefaultSettings;
import dev.howdah.apiserver.Admission;
import java.util.List;

/// Defaults and rules of our kinds in the embedded API server, where a cluster has webhooks.
final class KindAdmission implements Admission {
  private final ResourceAdmission admission;

  /// @param postgresImage the image of Clusters that name none
  KindAdmission(String postgresImage) {
    this.admission = new ResourceAdmission(new DefaultSettings(postgresImage, List.of()));
  }

  @Override
  public boolean handles(String group, String resource, String subresource) {
    return subresource.isEmpty() && ResourceAdmission.handles(group, resource);
  }

  @Override
  public Verdict mutate(Request request) {
    var object = request.object();
    return Allowed.of(object == null ? null : admission.mutate(object));
  }

  @Override
  public Verdict validate(Request request) {
    var object = request.object();
    if (object == null) {
      return Allowed.of(null);
    }
    Ruling ruling = admission.validate(object, request.oldObject());
    return ruling.allowed()
        ? new Allowed(object, ruling.warnings())
        : Denied.invalid(causes(ruling.errors()));
  }

  private static List<Cause> causes(List<Finding> errors) {
    return errors.stream()
        .map(error -> new Cause(error.path(), error.cause().reason(), error.detail()))
        .toList();
  }
}
