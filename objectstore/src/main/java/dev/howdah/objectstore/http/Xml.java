// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.http;

import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.function.BiConsumer;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;

/// Reads the small XML answers of object stores: a walk that names each text by its path.
public final class Xml {
  private static final XMLInputFactory FACTORY = factory();

  private Xml() {}

  private static XMLInputFactory factory() {
    var factory = XMLInputFactory.newFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_COALESCING, true);
    return factory;
  }

  /// Calls `each` at the end of every element with its path (`ListBucketResult/Contents/Key`) and
  /// the text directly in it.
  public static void walk(InputStream in, BiConsumer<String, String> each)
      throws XMLStreamException {
    var reader = FACTORY.createXMLStreamReader(in);
    var path = new StringBuilder();
    var texts = new ArrayDeque<StringBuilder>();
    while (reader.hasNext()) {
      switch (reader.next()) {
        case XMLStreamConstants.START_ELEMENT -> {
          if (!path.isEmpty()) {
            path.append('/');
          }
          path.append(reader.getLocalName());
          texts.push(new StringBuilder());
        }
        case XMLStreamConstants.CHARACTERS -> {
          if (!texts.isEmpty()) {
            texts.peek().append(reader.getText());
          }
        }
        case XMLStreamConstants.END_ELEMENT -> {
          each.accept(path.toString(), texts.pop().toString());
          path.setLength(Math.max(0, path.lastIndexOf("/")));
        }
        default -> {}
      }
    }
  }

  /// For text between tags.
  public static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
