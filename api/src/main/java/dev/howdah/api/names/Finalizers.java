// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.names;

/// Finalizers, which keep a resource until what it stands for is dealt with.
public final class Finalizers {
  public static final String DATABASE = "cnpg.io/deleteDatabase";
  public static final String PUBLICATION = "cnpg.io/deletePublication";
  public static final String SUBSCRIPTION = "cnpg.io/deleteSubscription";
  public static final String ROLE = "cnpg.io/deleteRole";
  public static final String PLUGIN = "cnpg.io/cleanupPlugin";

  /// Howdah's own, on a Restore: until the data is whole again, as it was or as it shall be.
  public static final String RESTORE = "howdah.dev/restore";

  private Finalizers() {}
}
