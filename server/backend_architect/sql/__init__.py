"""SQL text: its statements, placeholders, syntax trees and the places of what stands in them."""
