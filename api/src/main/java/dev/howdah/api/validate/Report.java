// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.validate;

import dev.howdah.api.finding.Finding;
import java.util.List;

/// What the validation of some files found.
///
/// @param resources those of our kinds
/// @param unreadable files that couldn't be read
/// @param foreign how many objects of other kinds were passed over
public record Report(List<Judged> resources, List<Unreadable> unreadable, int foreign) {
  /// One resource, and what there is to say about it.
  public record Judged(Manifest manifest, List<Finding> findings) {
    public Judged {
      findings = List.copyOf(findings);
    }
  }

  /// A file that couldn't be read; line 0 where none is known.
  public record Unreadable(String source, int line, String reason) {}

  public Report {
    resources = List.copyOf(resources);
    unreadable = List.copyOf(unreadable);
  }

  public long errors() {
    return unreadable.size()
        + resources.stream()
            .flatMap(one -> one.findings().stream())
            .filter(Finding::isError)
            .count();
  }

  public long warnings() {
    return resources.stream()
        .flatMap(one -> one.findings().stream())
        .filter(finding -> !finding.isError())
        .count();
  }
}
