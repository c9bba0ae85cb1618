// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.admission;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.Kind;
import dev.howdah.api.finding.Finding;
import dev.howdah.api.rules.DefaultSettings;
import dev.howdah.api.rules.Defaults;
import dev.howdah.api.rules.Rules;
import dev.howdah.operator.OperatorSettings;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Fills in defaults and judges: the same for webhooks, for the embedded API server and, in its
/// loop, for the operator.
public final class ResourceReview {
  private final DefaultSettings defaults;

  public ResourceReview(OperatorSettings settings) {
    this.defaults = defaults(settings);
  }

  /// What the operator's settings add to the defaults of resources.
  public static DefaultSettings defaults(OperatorSettings settings) {
    return new DefaultSettings(settings.postgresImage(), settings.includePlugins());
  }

  /// Whether resources of this kind are judged at all.
  public static boolean judges(String apiVersion, String kind) {
    return Kind.of(apiVersion, kind).isPresent();
  }

  /// The resource with its defaults.
  public ObjectNode defaulted(ObjectNode resource) {
    return Defaults.apply(resource, defaults);
  }

  /// What is unwise in a resource, as its user wrote it: before defaults are filled in, since some
  /// advice is about what was left out.
  public List<String> warnings(ObjectNode asWritten, @Nullable ObjectNode before) {
    return Rules.check(asWritten, before, defaults).stream()
        .filter(finding -> !finding.isError())
        .map(Finding::message)
        .toList();
  }

  /// All that is wrong with a resource.
  public List<Finding> errors(ObjectNode resource, @Nullable ObjectNode before) {
    return Rules.check(resource, before, defaults).stream().filter(Finding::isError).toList();
  }
}
