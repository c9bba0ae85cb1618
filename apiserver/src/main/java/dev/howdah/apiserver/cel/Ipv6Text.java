// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.cel;

/// The canonical text of IPv6 addresses (RFC 5952): lower case, the longest run of zeros as `::`.
final class Ipv6Text {
  private static final int GROUPS = 8;

  private Ipv6Text() {}

  static String canonical(byte[] address) {
    var groups = new int[GROUPS];
    for (var i = 0; i < GROUPS; i++) {
      groups[i] = (address[2 * i] & 0xff) << 8 | (address[2 * i + 1] & 0xff);
    }
    var start = -1;
    var length = 1;
    for (var i = 0; i < GROUPS; i++) {
      var end = i;
      while (end < GROUPS && groups[end] == 0) {
        end++;
      }
      if (end - i > length) {
        start = i;
        length = end - i;
      }
      i = Math.max(i, end - 1);
    }
    var text = new StringBuilder();
    for (var i = 0; i < GROUPS; i++) {
      if (i == start) {
        text.append("::");
        i += length - 1;
      } else {
        if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
          text.append(':');
        }
        text.append(Integer.toHexString(groups[i]));
      }
    }
    return text.toString();
  }
}
