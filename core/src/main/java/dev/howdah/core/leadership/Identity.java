// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.sync.Member;

/// One run of one instance manager.
///
/// @param name of the instance, which is its Pod's
/// @param volume identity of the data directory, see [Member]
/// @param incarnation the Pod's UID, a slash, and a random text made at each start
/// @param boot identity of the running kernel (`/proc/sys/kernel/random/boot_id`): with the data
///   directory's lock held, an earlier incarnation of the same boot is known to be dead
public record Identity(String name, String volume, String incarnation, String boot) {
  public static final Identity NOBODY = new Identity("", "", "", "");

  public Member member() {
    return new Member(name, volume);
  }
}
