// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.finding;

import dev.howdah.api.finding.Finding.Cause;
import dev.howdah.api.finding.Finding.Severity;
import java.util.ArrayList;
import java.util.List;

/// Gathers findings while a resource is judged.
public final class Findings {
  private final List<Finding> list = new ArrayList<>();

  /// The value of a field won't do.
  public void invalid(Place place, String reason, String remedy) {
    error(Cause.INVALID, place, reason, remedy);
  }

  /// A field is missing.
  public void required(Place place, String reason, String remedy) {
    error(Cause.REQUIRED, place, reason, remedy);
  }

  /// A field must not be there, or not together with others.
  public void forbidden(Place place, String reason, String remedy) {
    error(Cause.FORBIDDEN, place, reason, remedy);
  }

  /// Two items of a list have the same name.
  public void duplicate(Place place, String reason, String remedy) {
    error(Cause.DUPLICATE, place, reason, remedy);
  }

  /// The value isn't among those allowed.
  public void notSupported(Place place, String reason, String remedy) {
    error(Cause.NOT_SUPPORTED, place, reason, remedy);
  }

  public void error(Cause cause, Place place, String reason, String remedy) {
    list.add(new Finding(Severity.ERROR, cause, place.path(), place.shown(), reason, remedy));
  }

  /// Something that is accepted all the same.
  public void warn(Place place, String reason, String remedy) {
    list.add(
        new Finding(Severity.WARNING, Cause.INVALID, place.path(), place.shown(), reason, remedy));
  }

  public void addAll(List<Finding> findings) {
    list.addAll(findings);
  }

  public List<Finding> list() {
    return List.copyOf(list);
  }
}
