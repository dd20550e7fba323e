-- So that an append to a log which is where it is expected is one statement, and its own transaction.
CREATE TRIGGER blog_collab_appended AFTER INSERT ON blog_collab_segments BEGIN
    UPDATE blog_collab_documents SET last = NEW.last
    WHERE id = NEW.document AND last < NEW.last;
END;
