// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.problem;

import org.jspecify.annotations.Nullable;

/// The one exception for failures that a user can do something about.
public final class ProblemException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final transient Problem problem;

  public ProblemException(Problem problem) {
    this(problem, null);
  }

  public ProblemException(Problem problem, @Nullable Throwable cause) {
    super(problem.code() + ": " + problem.text().replace('\n', ' '), cause);
    this.problem = problem;
  }

  public Problem problem() {
    return problem;
  }
}
