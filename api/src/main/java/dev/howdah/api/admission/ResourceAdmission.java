// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.admission;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.Kind;
import dev.howdah.api.finding.Finding;
import dev.howdah.api.rules.DefaultSettings;
import dev.howdah.api.rules.Defaults;
import dev.howdah.api.rules.Rules;
import dev.howdah.api.support.UnsupportedFields;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Admission of our kinds: first [#mutate], and once the API server has checked the schema,
/// [#validate].
///
/// @param settings what the operator's configuration adds to the defaults
public record ResourceAdmission(DefaultSettings settings) {
  /// Whether a resource, by its group and plural, is one of ours.
  public static boolean handles(String group, String plural) {
    for (Kind kind : Kind.values()) {
      if (kind.group().equals(group) && kind.plural().equals(plural)) {
        return true;
      }
    }
    return false;
  }

  /// The resource with its defaults.
  public ObjectNode mutate(ObjectNode resource) {
    return isGoing(resource) ? resource : Defaults.apply(resource, settings);
  }

  /// Judges a resource as it would be stored. What changes nothing that rules speak of is allowed:
  /// an object that was stored without admission must still take labels, finalizers and its end.
  ///
  /// @param before what is stored; null for a new resource
  public Ruling validate(ObjectNode now, @Nullable ObjectNode before) {
    if (isGoing(now) || (before != null && sameWish(now, before))) {
      return new Ruling(List.of(), List.of());
    }
    List<Finding> errors = new ArrayList<>();
    List<String> warnings = new ArrayList<>();
    for (Finding finding : Rules.check(now, before, settings)) {
      if (finding.isError()) {
        errors.add(finding);
      } else {
        warnings.add(finding.message());
      }
    }
    UnsupportedFields.reasons(now)
        .forEach((path, reason) -> warnings.add(path + ": kept, without effect yet: " + reason));
    return new Ruling(errors, warnings);
  }

  private static boolean isGoing(JsonNode resource) {
    return resource.path("metadata").hasNonNull("deletionTimestamp");
  }

  private static boolean sameWish(JsonNode now, JsonNode before) {
    return now.path("spec").equals(before.path("spec"))
        && now.path("metadata")
            .path("annotations")
            .equals(before.path("metadata").path("annotations"));
  }
}
