"""The admin as editors know it: buttons, copies, history, bin, previews, pictures."""
